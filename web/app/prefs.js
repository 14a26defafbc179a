/**
 * Preferences of this browser, beside the theme: what somebody is doing, whether to notify.
 */

import { defaultStorage } from '../sdk/storage.js';

const storage = defaultStorage();

/** @param {'notify' | 'presence'} name @returns {string} '' when nothing is kept */
export const preference = (name) => storage.getItem(`chatsphere.${name}`) ?? '';

/** @param {'notify' | 'presence'} name @param {string} value '' forgets */
export function prefer(name, value) {
  try {
    if (value) storage.setItem(`chatsphere.${name}`, value);
    else storage.removeItem(`chatsphere.${name}`);
  } catch {
    // No room left: it lasts as long as the page.
  }
}
