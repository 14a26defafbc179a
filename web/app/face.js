/**
 * Face: somebody's avatar with a dot that says whether he is there.
 */

import { h } from './dom.js';
import { avatar } from './text.js';

/**
 * @param {string} name
 * @param {import('../sdk/presence.js').Status} status
 */
export function face(name, status) {
  return h('span', { class: 'face' }, avatar(name),
    h('span', { class: 'dot', role: 'img', 'aria-label': status, title: status, data: { testid: 'presence', status } }));
}
