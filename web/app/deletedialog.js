/**
 * Asks back before a message is deleted.
 */

import { openDialog } from './dialogs.js';
import { h } from './dom.js';

const EXCERPT = 300;

/** @param {import('../sdk/room.js').Room} room @param {import('../sdk/types.js').Message} message */
export function deleteDialog(room, { id, content }) {
  const quote = h('blockquote', { class: 'excerpt', dir: 'auto' }, content.slice(0, EXCERPT));
  openDialog('Delete this message?', [quote, h('p', {}, 'Nobody can read it then, and it cannot be brought back.')], {
    label: 'Delete', testid: 'delete-confirm', danger: true, submit: () => room.remove(id),
  });
}
