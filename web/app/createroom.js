/**
 * The dialog that makes a room.
 */

import { openDialog } from './dialogs.js';
import { h } from './dom.js';

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
