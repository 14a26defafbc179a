/**
 * Styles: the style sheets that are not needed at first, each fetched with what first needs it.
 */

import { h } from './dom.js';

/** @type {Map<string, Promise<void>>} */
const sheets = new Map();

/** @param {string} name of a file in css/ @returns {Promise<void>} when it applies, or cannot be had this time */
export function styled(name) {
  const known = sheets.get(name) ?? fetched(name);
  sheets.set(name, known);
  return known;
}

/** @param {string} name @returns {Promise<void>} */
function fetched(name) {
  return new Promise((resolve) => {
    const failed = () => {
      link.remove();
      sheets.delete(name);
      resolve();
    };
    const link = h('link', { rel: 'stylesheet', href: `css/${name}.css`, onload: () => resolve(), onerror: failed });
    document.head.append(link);
  });
}
