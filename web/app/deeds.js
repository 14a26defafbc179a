/**
 * Deeds: what may be done about a member of a room, as buttons. What sends somebody away acts at the second
 * press; how long somebody is muted is chosen beside.
 */

import { h } from './dom.js';
import { sureButton } from './forms.js';
import { RANK, rankOf } from './rank.js';

/** Seconds, as the select has them; the server takes the last one for "until somebody lifts it". */
const PERIODS = new Map([['600', 'for 10 minutes'], ['3600', 'for an hour'], ['86400', 'for a day'],
  ['604800', 'for a week'], ['', 'until it is lifted']]);
const FOR_GOOD = '9999-12-31T00:00:00.000Z';

/** @typedef {import('../sdk/types.js').Member} Member */
/** @typedef {{chat: import('../chatsphere.js').ChatSphere, roomId: string, rank: number,
 *             run: (deed: () => Promise<unknown>) => Promise<unknown>}} Keeper rank: the own one */

/** @param {Keeper} keeper @param {Member} member */
export function mayManage({ rank }, { role }) {
  return rank >= RANK.moderator && rankOf(role) < rank;
}

/** @param {Keeper} keeper @param {Member} member one whom he may manage */
export function deedButtons(keeper, member) {
  const { chat, roomId, rank, run } = keeper;
  const { id, username, role, mutedUntil } = member;
  const set = (/** @type {object} */ fields) => () => run(() => chat.updateMember(roomId, id, fields));
  const other = role === 'moderator' ? 'member' : 'moderator';
  return h('div', { class: 'deeds', role: 'group', 'aria-label': `Manage ${username}` },
    rank === RANK.owner && role !== 'owner' && button(`Make ${other}`, role === 'moderator' ? 'demote' : 'promote', set({ role: other })),
    mutedUntil ? button('Unmute', 'unmute', set({ mutedUntil: null })) : muting((until) => set({ mutedUntil: until })()),
    sureButton({
      label: 'Remove', sure: 'Really remove?', what: username, testid: 'member-remove',
      run: () => run(() => chat.removeMember(roomId, id)),
    }),
    sureButton({
      label: 'Ban', sure: 'Really ban?', what: username, testid: 'member-ban',
      run: () => run(() => chat.removeMember(roomId, id, { ban: true })),
    }));
}

/** @param {(until: string) => unknown} mute */
function muting(mute) {
  const period = h('select', { 'aria-label': 'For how long', data: { testid: 'mute-period' } },
    ...[...PERIODS].map(([value, text]) => h('option', { value, selected: value === '3600' }, text)));
  const until = () => (period.value ? new Date(Date.now() + Number(period.value) * 1000).toISOString() : FOR_GOOD);
  return h('span', { class: 'muting' }, button('Mute', 'mute', () => mute(until())), period);
}

/** @param {string} label @param {string} id @param {() => unknown} onclick */
function button(label, id, onclick) {
  return h('button', { class: 'small', type: 'button', data: { testid: `member-${id}` }, onclick }, label);
}
