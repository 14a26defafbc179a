/**
 * Room dialogs: what a room is called and is about, whether it is archived, and how one leaves it.
 */

import { LOBBY_ID } from '../chatsphere.js';
import { openDialog } from './dialogs.js';
import { h } from './dom.js';
import { ownRank, RANK } from './rank.js';

/** @typedef {import('../sdk/types.js').RoomInfo} RoomInfo */

/**
 * Is there anything for this user to do about the room itself?
 * @param {RoomInfo | undefined} info
 * @param {import('../sdk/types.js').User | null} user
 */
export function hasSettings(info, user) {
  if (!info || info.kind === 'p2p') return false;
  return info.id !== LOBBY_ID || ownRank(info, user) >= RANK.moderator;
}

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {RoomInfo} info
 * @param {{changed: () => void, left: () => void, invite: () => void}} then
 */
export function roomDialog(chat, info, then) {
  const rank = ownRank(info, chat.user);
  const name = h('input', { required: true, maxlength: '255', autocomplete: 'off', value: info.name, data: { testid: 'room-name' } });
  const about = h('textarea', { rows: '3', maxlength: '4000', data: { testid: 'room-about' } }, info.description ?? '');
  const archived = h('input', { type: 'checkbox', checked: info.archived, data: { testid: 'room-archived' } });
  const fields = rank < RANK.moderator ? [h('p', { dir: 'auto' }, info.description || 'Nobody has said what it is about.')] : [
    h('label', {}, 'Name', name),
    h('label', {}, 'What it is about', about),
    rank === RANK.owner && h('label', { class: 'check' }, archived, 'Archived: it can be read, and nobody writes in it'),
  ];
  const leave = () => leaveDialog(chat, info, then.left);
  const doors = info.id !== LOBBY_ID && h('div', { class: 'line' },
    rank >= RANK.moderator && button('Invite people', 'room-invite', () => turn(then.invite)),
    info.role && button('Leave room', 'room-leave', () => turn(leave)));
  const dialog = openDialog(info.name, [...fields, doors], rank < RANK.moderator ? null : {
    label: 'Save',
    testid: 'room-save',
    submit: async () => {
      const changed = { name: name.value.trim(), description: about.value.trim() || null };
      await chat.updateRoom(info.id, rank === RANK.owner ? { ...changed, archived: archived.checked } : changed);
      then.changed();
    },
  });
  const turn = (/** @type {() => void} */ next) => {
    dialog.close();
    next();
  };
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
  return h('button', { type: 'button', data: { testid }, onclick }, label);
}
