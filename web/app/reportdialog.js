/**
 * Telling those who keep order about a message.
 */

import { openDialog } from './dialogs.js';
import { h } from './dom.js';
import { plain } from './text.js';

const EXCERPT = 300;

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {import('../sdk/types.js').Message} message
 */
export function reportDialog(chat, { id, roomId, content }) {
  const reason = h('textarea', { rows: '3', maxlength: '1000', autofocus: true, data: { testid: 'report-reason' } });
  openDialog('Report this message', [
    h('blockquote', { class: 'excerpt', dir: 'auto' }, plain(content).slice(0, EXCERPT)),
    h('label', {}, 'What is wrong with it? (optional)', reason),
    h('p', { class: 'note' }, 'Those who keep order in this room see it, with your name.'),
  ], {
    label: 'Report',
    testid: 'report-submit',
    submit: async () => {
      await chat.report(roomId, id, reason.value.trim());
      openDialog('Reported', [h('p', { role: 'status', data: { testid: 'report-done' } }, 'Thank you. Somebody will look at it.')], null);
    },
  });
}
