/**
 * Pins dialog: what is pinned in a room, the one pinned last first; each leads to its place.
 */

import { openDialog } from './dialogs.js';
import { h, refill } from './dom.js';
import { avatar, briefly, plain } from './text.js';

const EXCERPT = 200;

/** @param {import('../sdk/room.js').Room} room @param {(messageId: string) => void} go shows a message of the room */
export async function pinsDialog(room, go) {
  const list = h('ul', { class: 'found', data: { testid: 'pin-list' } });
  const note = h('p', { class: 'note', role: 'status' }, 'Loading…');
  const dialog = openDialog('Pinned messages', [h('div', { class: 'search' }, note, list)], null);
  dialog.classList.add('wide');
  try {
    const pins = await room.pins();
    note.textContent = pins.length === 0 ? 'Nothing is pinned here. A message is pinned by its actions.' : '';
    const open = (/** @type {string} */ id) => {
      dialog.close();
      go(id);
    };
    refill(list, ...pins.map((message) => h('li', {}, pinned(message, open))));
    list.querySelector('button')?.focus();
  } catch (error) {
    note.textContent = error.message;
  }
}

/** @param {import('../sdk/types.js').Message} message @param {(id: string) => void} open */
function pinned({ id, content, createdAt, user }, open) {
  const author = user?.username ?? 'Deleted account';
  return h('button', { class: 'hit', type: 'button', data: { testid: 'pin', messageId: id }, onclick: () => open(id) },
    avatar(author),
    h('span', { class: 'head' }, h('b', { dir: 'auto' }, author)),
    h('span', { class: 'when' }, briefly(createdAt)),
    h('span', { class: 'snippet', dir: 'auto' }, plain(content).slice(0, EXCERPT)));
}
