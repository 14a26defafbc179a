/**
 * Text for people: links in messages, times, days, names. Pure but for the locale.
 */

import { h } from './dom.js';

/** Up to white space or a bracket; what follows the sentence is trimmed below. */
const LINK = /https?:\/\/[^\s<>"'`]+/gi;
const TRAILING = /[.,:;!?…*_~)\]}]+$/;

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const longDayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const shortDayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/**
 * A message's text as nodes: http and https addresses become links, all else stays text.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function linkified(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const address = trimmed(match[0]);
    if (!isUrl(address)) continue;
    const from = match.index ?? 0;
    nodes.push(text.slice(end, from), link(address));
    end = from + address.length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== '');
}

/** @param {string} text */
const isUrl = (text) => /** @type {any} */ (URL).canParse(text); // TypeScript 4.8 does not know it

/** Punctuation behind an address is the sentence's, unless it closes a bracket of the address.
 *  @param {string} address */
function trimmed(address) {
  const tail = TRAILING.exec(address)?.[0] ?? '';
  const bare = address.slice(0, address.length - tail.length);
  return tail.startsWith(')') && bare.includes('(') ? `${bare})` : bare;
}

/** @param {string} address */
function link(address) {
  return h('a', { href: address, target: '_blank', rel: 'noopener noreferrer nofollow' }, address);
}

/**
 * The time of day, with the full date as its title.
 * @param {string} iso
 * @param {{short?: boolean}} options short: without AM or PM, for where there is no room for it
 * @returns {HTMLTimeElement}
 */
export function timeOf(iso, { short = false } = {}) {
  const date = new Date(iso);
  const parts = timeFormat.formatToParts(date).filter(({ type }) => !short || type !== 'dayPeriod');
  const text = parts.map(({ value }) => value).join('').trim();
  return h('time', { datetime: iso, title: fullFormat.format(date) }, text);
}

/** @param {string} iso */
export function dayKey(iso) {
  return new Date(iso).toDateString();
}

/** @param {string} iso @returns {string} Today, Yesterday, or the date */
export function dayLabel(iso) {
  const date = new Date(iso);
  const ago = daysAgo(date);
  if (ago === 0) return 'Today';
  if (ago === 1) return 'Yesterday';
  return (ago < 180 ? dayFormat : longDayFormat).format(date);
}

/** @param {string} iso @returns {string} for a list: the time today, the date before */
export function briefly(iso) {
  const date = new Date(iso);
  return (daysAgo(date) === 0 ? timeFormat : shortDayFormat).format(date);
}

/** @param {Date} date whole local days ago; rounding absorbs the hour of a clock change */
function daysAgo(date) {
  const midnight = (/** @type {Date} */ at) => new Date(at).setHours(0, 0, 0, 0);
  return Math.round((midnight(new Date()) - midnight(date)) / 86_400_000);
}

/** @param {string} name */
export function avatar(name) {
  let hue = 0;
  for (const char of name) hue = (hue * 31 + (char.codePointAt(0) ?? 0)) % 8;
  const initial = [...name.trim()][0] ?? '?';
  return h('span', { class: `avatar hue${hue}`, 'aria-hidden': 'true' }, initial.toUpperCase());
}
