/**
 * Entry: shows the sign-in form or the chat, whichever the session calls for, and changes from one
 * to the other when it begins or ends. Each session gets an SDK object of its own. The chat's views are
 * fetched while the name is still being typed, so the form does not wait for them.
 */

import { ChatSphere } from '../chatsphere.js';

const chatViews = () => import('./chat.js');

const root = /** @type {HTMLElement} */ (document.getElementById('app'));

/** @type {Record<string, string>} */
const NOTICES = { expired: 'Your session has ended. Please log in again.' };

/** @param {string} [notice] shown above the sign-in buttons */
async function start(notice = '') {
  const chat = new ChatSphere();
  const user = await chat.resume().catch(() => null);
  if (user) return showChat(chat);
  const { signinView } = await import('./signin.js');
  root.replaceChildren(signinView(chat, notice, () => showChat(chat)));
  /** @type {HTMLElement | null} */ (root.querySelector('[autofocus]'))?.focus(); // by itself only in a fresh page
  return chatViews().catch(() => {}); // fetched again when it is needed
}

/** @param {ChatSphere} chat signed in */
async function showChat(chat) {
  const { ChatView } = await chatViews();
  const view = new ChatView(chat);
  root.replaceChildren(view.element);
  view.start();
  chat.on('signedout', (reason) => {
    view.dispose();
    // The room is not the next user's, unless it is the same one who comes back.
    if (reason !== 'expired') history.replaceState(null, '', location.pathname);
    start(NOTICES[reason]);
  });
}

start();
