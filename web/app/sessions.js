/**
 * Sessions: where this user is signed in. One can be ended, or all others at once.
 */

import { h } from './dom.js';
import { sureButton, when } from './forms.js';
import { Listing } from './listing.js';

/** What a User-Agent has, most telling first.
 *  @type {[RegExp, string][]} */
const BROWSERS = [
  [/Edg/, 'Edge'], [/OPR/, 'Opera'], [/Firefox/, 'Firefox'], [/Chrom(e|ium)/, 'Chrome'], [/Safari/, 'Safari'],
];
/** @type {[RegExp, string][]} */
const SYSTEMS = [
  [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS/, 'macOS'], [/Linux/, 'Linux'],
];

/** @param {import('../chatsphere.js').ChatSphere} chat */
export async function sessionsView(chat) {
  /** @type {Listing} */
  const listing = new Listing({ testid: 'sessions', load: () => all(chat), draw, empty: 'You are signed in nowhere.' });
  const others = h('div', { class: 'submit' }, sureButton({
    label: 'End all others', sure: 'End all others now?', what: '', testid: 'sessions-end-others',
    run: () => listing.change(() => chat.endOtherSessions()),
  }));

  /** @param {import('../sdk/types.js').SessionInfo} session */
  function draw(session) {
    const device = deviceOf(session.device_info);
    const end = sureButton({
      label: 'End', sure: 'End it?', what: device, testid: 'session-end',
      run: () => listing.change(() => chat.endSession(session.id)),
    });
    return [
      h('p', { class: 'name', title: session.device_info }, device, session.current && h('small', { class: 'tag' }, 'this device')),
      h('p', { class: 'muted' }, `${session.ip_address ?? 'Unknown address'} · last used `,
        when(session.last_used_at ?? session.created_at)),
      session.current ? null : end,
    ];
  }

  await listing.refresh();
  return h('div', { class: 'stack' }, listing.element, others);
}

/** @param {import('../chatsphere.js').ChatSphere} chat the own one comes first, then what was used last */
async function all(chat) {
  const at = (/** @type {import('../sdk/types.js').SessionInfo} */ one) => (one.current ? '~' : one.last_used_at ?? one.created_at);
  return (await chat.sessions()).sort((a, b) => (at(a) < at(b) ? 1 : -1));
}

/** @param {string | null} agent as the browser calls itself */
export function deviceOf(agent) {
  const first = (/** @type {[RegExp, string][]} */ table) => table.find(([pattern]) => pattern.test(agent ?? ''))?.[1];
  const browser = first(BROWSERS);
  const system = first(SYSTEMS);
  if (!browser) return agent?.split(/[ /]/)[0] || 'Unknown device';
  return system ? `${browser} on ${system}` : browser;
}
