/**
 * A new conversation: with one person, of whom there is one only, or a new group of several.
 */

import { openDialog } from './dialogs.js';
import { h } from './dom.js';
import { PeopleField } from './people.js';

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {(roomId: string) => void} onOpened
 */
export function talkDialog(chat, onOpened) {
  const name = h('input', { maxlength: '255', autocomplete: 'off', data: { testid: 'group-name' } });
  const named = h('label', { hidden: true }, 'Name of the group (optional)', name);
  const field = new PeopleField(chat, {
    label: 'With whom? Several people make a group', testid: 'talk-people', many: true,
    changed: (count) => { named.hidden = count < 2; },
  });
  openDialog('New message', [field.element, named], {
    label: 'Start',
    testid: 'talk-submit',
    submit: async () => {
      const ids = (await field.people()).map(({ id }) => id);
      if (ids.length === 0) throw new Error('Say with whom');
      onOpened(ids.length === 1 ? await chat.conversation(ids[0]) : await chat.createGroup(name.value.trim(), ids));
    },
  });
}
