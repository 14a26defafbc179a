/**
 * Until when somebody is muted, in words.
 */

/** Whoever is muted for longer is muted until somebody lifts it. */
const FOR_GOOD_MS = 10 * 365 * 86_400_000;
const HALF_DAY_MS = 12 * 3_600_000;

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const momentFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

/** @param {string} until RFC 3339 @returns {string} `until 14:05`; '' for one without an end */
export function muteEnd(until) {
  const left = Date.parse(until) - Date.now();
  if (left > FOR_GOOD_MS) return '';
  return `until ${(left < HALF_DAY_MS ? timeFormat : momentFormat).format(new Date(until))}`;
}
