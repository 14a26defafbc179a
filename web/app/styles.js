/**
 * Styles: the style sheets that are not needed at first, each fetched with what first needs it.
 */

import { h } from './dom.js';

/** @type {Map<string, Promise<void>>} */
const sheets = new Map();

/** @param {string} name of a file in css/ @returns {Promise<void>} when it applies, or cannot be had */
export function styled(name) {
  const known = sheets.get(name) ?? new Promise((resolve) => {
    document.head.append(h('link', { rel: 'stylesheet', href: `css/${name}.css`, onload: () => resolve(), onerror: () => resolve() }));
  });
  sheets.set(name, known);
  return known;
}
