/**
 * Help: the commands that this user may use here, and how a message begins with a slash all the same.
 */

import { openDialog } from './dialogs.js';
import { h } from './dom.js';
import { styled } from './styles.js';

/** @param {import('./commands.js').Command[]} commands */
export async function showHelp(commands) {
  await styled('completion');
  const rows = commands.map(({ name, also = [], usage, about }) => [
    h('dt', {}, h('b', {}, [name, ...also].map((one) => `/${one}`).join(', ')), ` ${usage}`), h('dd', {}, about)]);
  const dialog = openDialog('Commands', [
    h('dl', { class: 'commands', data: { testid: 'commands' } }, ...rows.flat()),
    h('p', { class: 'note' }, 'Two slashes make a message that begins with one: //help. '
      + 'What only looks like a path, as /etc/hosts, is sent as it is.'),
  ], null);
  dialog.classList.add('wide');
}
