/**
 * Day dialog: to what was said on a day, or next after it.
 */

import { openDialog } from './dialogs.js';
import { h } from './dom.js';

/**
 * @param {import('../sdk/room.js').Room} room
 * @param {(messageId: string) => void} show a message that is loaded
 */
export function dayDialog(room, show) {
  const today = new Date();
  const day = h('input', {
    type: 'date', required: true, autofocus: true, value: written(today), max: written(today), data: { testid: 'day' },
  });
  /** @type {import('../sdk/types.js').Message | undefined} */
  let found;
  const dialog = openDialog('Jump to a date', [h('label', {}, 'Messages of', day)], {
    label: 'Go there',
    testid: 'day-submit',
    submit: async () => {
      found = await room.reachTime(midnight(day.value));
      if (!found) throw new Error('Nothing has been said here yet');
    },
  });
  dialog.addEventListener('close', () => { if (found) show(found.id); }); // behind a dialog nothing takes the focus
}

/** The reader's own day, as the field has it.
 *  @param {Date} date */
function written(date) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** When that day began here.
 *  @param {string} text */
function midnight(text) {
  const [year, month, day] = text.split('-').map(Number);
  return new Date(year, month - 1, day);
}
