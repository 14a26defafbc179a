/**
 * Entry: shows the sign-in form or the chat, whichever the session calls for, and changes from one
 * to the other when it begins or ends. Each session gets an SDK object of its own.
 */

import { ChatSphere } from '../chatsphere.js';
import { ChatView } from './chat.js';
import { signinView } from './signin.js';

const root = /** @type {HTMLElement} */ (document.getElementById('app'));

/** @type {Record<string, string>} */
const NOTICES = { expired: 'Your session has ended. Please log in again.' };

/** @param {string} [notice] shown above the sign-in buttons */
async function start(notice = '') {
  const chat = new ChatSphere();
  const user = await chat.resume().catch(() => null);
  if (user) showChat(chat);
  else root.replaceChildren(signinView(chat, notice, () => showChat(chat)));
}

/** @param {ChatSphere} chat signed in */
function showChat(chat) {
  const view = new ChatView(chat);
  root.replaceChildren(view.element);
  view.start();
  chat.on('signedout', (reason) => {
    view.dispose();
    start(NOTICES[reason]);
  });
}

start();
