/**
 * Dialogs: create a room; see and add members. The browser's own modal dialogs, which keep the focus
 * inside, close on Escape and give the focus back.
 */

import { LOBBY_ID } from '../chatsphere.js';
import { h, icon } from './dom.js';
import { avatar } from './text.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Opens a dialog with a form. `submit` may throw: its message shows and the dialog stays.
 * @param {string} title
 * @param {(Node | string | null)[]} content
 * @param {{label: string, testid: string, danger?: boolean, submit: () => Promise<any>} | null} action
 */
export function openDialog(title, content, action) {
  const error = h('p', { class: 'error', role: 'alert' });
  const close = h('button', {
    class: 'round', type: 'button', 'aria-label': 'Close', onclick: () => dialog.close(),
  }, icon('close'));
  const button = action && h('button', {
    class: action.danger ? 'primary danger' : 'primary', type: 'submit', data: { testid: action.testid },
  }, action.label);
  const form = h('form', {
    onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      error.textContent = '';
      button.disabled = true;
      await action?.submit().then(() => dialog.close(), (reason) => { error.textContent = reason.message; });
      button.disabled = false;
    },
  }, ...content, error, button);
  const dialog = h('dialog', { 'aria-label': title, onclose: () => dialog.remove() },
    h('header', {}, h('h2', {}, title), close), form);
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {(room: import('../sdk/types.js').RoomInfo) => void} onCreated
 */
export function createRoomDialog(chat, onCreated) {
  const name = h('input', {
    required: true, maxlength: '100', autofocus: true, autocomplete: 'off', data: { testid: 'create-room-name' },
  });
  const description = h('input', {
    maxlength: '255', autocomplete: 'off', data: { testid: 'create-room-description' },
  });
  const isPrivate = h('input', { type: 'checkbox', data: { testid: 'create-room-private' } });
  openDialog('New room', [
    h('label', {}, 'Name', name),
    h('label', {}, 'What it is about (optional)', description),
    h('label', { class: 'check' }, isPrivate, 'Private: only people who are added can see it'),
  ], {
    label: 'Create room',
    testid: 'create-room-submit',
    submit: async () => {
      const fields = { name: name.value.trim(), isPrivate: isPrivate.checked };
      const about = description.value.trim();
      onCreated(await chat.createRoom(about ? { ...fields, description: about } : fields));
    },
  });
}

/**
 * Shows a room's members, with a form to add one where that is possible.
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {import('../sdk/types.js').RoomInfo} info
 * @param {Map<string, string>} people ids of those seen so far, by name
 */
export async function membersDialog(chat, info, people) {
  const { users = [] } = await chat.getRoom(info.id);
  const list = h('ul', { class: 'members', data: { testid: 'member-list' } }, ...users.map(member));
  const everyone = h('p', {}, 'Everyone is in the Lobby.');
  if (info.id === LOBBY_ID || info.kind === 'p2p') {
    openDialog('Members', [info.id === LOBBY_ID && users.length === 0 ? everyone : list], null);
    return;
  }
  const names = h('datalist', { id: 'people' }, ...[...people.keys()].map((value) => h('option', { value })));
  const who = h('input', { required: true, list: 'people', autocomplete: 'off', data: { testid: 'add-member-name' } });
  openDialog('Members', [
    list,
    h('label', {}, 'Add someone you have met here (name), or anyone by id', who, names),
  ], {
    label: 'Add member',
    testid: 'add-member-submit',
    submit: async () => {
      const wanted = who.value.trim();
      const userId = people.get(wanted) ?? wanted;
      if (!UUID.test(userId)) throw new Error(`You have not met “${wanted}” yet: ask for their id`);
      await chat.addMember(info.id, userId);
    },
  });
}

/** @param {any} user */
function member(user) {
  const role = user.role && user.role.toLowerCase() !== 'member' ? h('small', {}, user.role.toLowerCase()) : null;
  return h('li', {}, avatar(user.username), h('span', { class: 'name' }, user.username), role);
}
