/**
 * Room dialogs: what a room is called and is about, how fast one may write in it, whether it is archived, and
 * how one leaves it. From here one comes to its invitations and to what was reported in it.
 */

import { LOBBY_ID } from '../chatsphere.js';
import { openDialog } from './dialogs.js';
import { h } from './dom.js';
import { sureButton } from './forms.js';
import { InvitesDialog } from './invites.js';
import { ownRank, RANK } from './rank.js';
import { ReportsDialog } from './reports.js';

/** Seconds between two messages of a member. */
const PACES = new Map([[0, 'as fast as they like'], [5, 'every 5 seconds'], [15, 'every 15 seconds'], [60, 'once a minute'],
  [300, 'every 5 minutes'], [3600, 'once an hour']]);

/** @typedef {import('../sdk/types.js').RoomInfo} RoomInfo */
/** @typedef {{changed: () => void, left: () => void, go: (roomId: string, messageId: string) => void,
 *             seen: () => void}} Then seen: what was reported */

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {RoomInfo} info
 * @param {Then} then
 */
export function roomDialog(chat, info, then) {
  const rank = ownRank(info, chat.user);
  const name = h('input', { required: true, maxlength: '255', autocomplete: 'off', value: info.name, data: { testid: 'room-name' } });
  const about = h('textarea', { rows: '3', maxlength: '4000', data: { testid: 'room-about' } }, info.description ?? '');
  const pace = paceField(info.slowModeSeconds ?? 0);
  const archived = h('input', { type: 'checkbox', checked: info.archived, data: { testid: 'room-archived' } });
  const fields = rank < RANK.moderator ? [h('p', { dir: 'auto' }, info.description || 'Nobody has said what it is about.')] : [
    h('label', {}, 'Name', name),
    h('label', {}, 'What it is about', about),
    h('label', {}, 'Members may write', pace),
    rank === RANK.owner && h('label', { class: 'check' }, archived, 'Archived: it can be read, and nobody writes in it'),
  ];
  const dialog = openDialog(info.name, [...fields, doors(chat, info, then, (next) => { dialog.close(); next(); })], rank < RANK.moderator ? null : {
    label: 'Save',
    testid: 'room-save',
    submit: async () => {
      const changed = { name: name.value.trim(), description: about.value.trim() || null, slowModeSeconds: Number(pace.value) };
      await chat.updateRoom(info.id, rank === RANK.owner ? { ...changed, archived: archived.checked } : changed);
      then.changed();
    },
  });
}

/** @param {number} now */
function paceField(now) {
  const paces = PACES.has(now) ? PACES : new Map([...PACES, [now, `every ${now} seconds`]]);
  return h('select', { data: { testid: 'room-pace' } },
    ...[...paces].map(([value, text]) => h('option', { value: String(value), selected: value === now }, text)));
}

/**
 * What leads on from the room's dialog.
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {RoomInfo} info
 * @param {Then} then
 * @param {(next: () => unknown) => void} turn closes the dialog before
 */
function doors(chat, info, then, turn) {
  const rank = ownRank(info, chat.user);
  const isKeeper = rank >= RANK.moderator;
  const isLobby = info.id === LOBBY_ID;
  const reports = button('Reports', 'room-reports', () => turn(() => new ReportsDialog(chat, info.id, then).show()));
  if (isKeeper) countReports(chat, info.id, reports);
  const error = h('p', { class: 'error', role: 'alert' });
  const remove = () => chat.deleteRoom(info.id).then(() => turn(then.left), (reason) => { error.textContent = reason.message; });
  return h('div', { class: 'doors' },
    isKeeper && !isLobby && button('Invite people', 'room-invite', () => turn(() => new InvitesDialog(chat, info.id).show(info.name))),
    isKeeper && reports,
    info.role && !isLobby && button('Leave room', 'room-leave', () => turn(() => leaveDialog(chat, info, then.left))),
    rank === RANK.owner && !isLobby && sureButton({
      label: 'Delete room', sure: 'Really delete it, with all messages?', what: info.name, testid: 'room-delete', run: remove,
    }), error);
}

/** @param {import('../chatsphere.js').ChatSphere} chat @param {string} roomId @param {HTMLElement} element */
async function countReports(chat, roomId, element) {
  const { length } = await chat.reports(roomId, { limit: 100 }).catch(() => []);
  if (length > 0) element.textContent = `Reports (${length < 100 ? length : '99+'})`;
}

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {RoomInfo} info
 * @param {() => void} left
 */
export function leaveDialog(chat, info, left) {
  const back = info.isPrivate ? 'You come back only when somebody adds or invites you.' : 'You can join again whenever you like.';
  openDialog(`Leave ${info.name}?`, [h('p', {}, back)], {
    label: 'Leave',
    testid: 'leave-confirm',
    danger: true,
    submit: async () => {
      await chat.leaveRoom(info.id);
      left();
    },
  });
}

/** @param {string} label @param {string} testid @param {() => void} onclick */
function button(label, testid, onclick) {
  return h('button', { class: 'small', type: 'button', data: { testid }, onclick }, label);
}
