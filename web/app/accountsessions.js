/**
 * Account sessions: where somebody else is signed in, for administrators; looked up when it is unfolded.
 */

import { h, refill } from './dom.js';
import { sentence, sureButton, when } from './forms.js';
import { deviceOf } from './sessions.js';

/**
 * @param {import('../chatsphere.js').ChatSphere} chat of an administrator
 * @param {{id: string, username: string}} account
 */
export function accountSessions(chat, { id, username }) {
  const path = `/auth/users/${id}/sessions`;
  const content = h('div', { class: 'stack', role: 'status' });
  const error = h('p', { class: 'error', role: 'alert' });
  const attempt = async (/** @type {() => Promise<any>} */ task) => {
    error.textContent = '';
    await task().catch((reason) => { error.textContent = sentence(reason.message); });
  };
  const look = async () => {
    const sessions = (await chat.request('GET', path)).body;
    refill(content, sessions.length === 0 && h('p', { class: 'muted' }, 'Signed in nowhere.'), ...sessions.map(line),
      sessions.length > 0 && h('div', {}, sureButton({
        label: 'Sign out everywhere', sure: 'Sign out now?', what: username, testid: 'account-sign-out',
        run: () => attempt(async () => { await chat.request('DELETE', path); await look(); }),
      })));
  };
  const details = h('details', { ontoggle: () => { if (details.open) attempt(look); } },
    h('summary', { data: { testid: 'account-sessions' } }, 'Sessions', h('span', { class: 'sr-only' }, ` of ${username}`)),
    content, error);
  return details;
}

/** @param {import('../sdk/types.js').SessionInfo} session */
function line(session) {
  return h('p', { class: 'muted', data: { testid: 'account-session' } }, deviceOf(session.device_info), ' · ',
    session.ip_address ?? 'unknown address', ' · last used ', when(session.last_used_at ?? session.created_at));
}
