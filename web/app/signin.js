/**
 * Sign-in: one form for both, an account that exists and one to be made.
 */

import { h } from './dom.js';
import { isBusy, setBusy } from './focus.js';

/** Registering needs an invitation, and this is none. */
const BAD_INVITE = 'bad_invite';
const INVITE_NEEDED = 'For an account here you need an invitation';

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {string} notice why the user is here again, or ''
 * @param {() => Promise<void>} onDone signed in
 * @returns {HTMLElement}
 */
export function signinView(chat, notice, onDone) {
  const username = h('input', {
    name: 'username', autocomplete: 'username', required: true, maxlength: '100', autofocus: true,
    autocapitalize: 'none', spellcheck: 'false', data: { testid: 'username' },
  });
  const password = h('input', {
    name: 'password', type: 'password', autocomplete: 'current-password', required: true,
    maxlength: '128', data: { testid: 'password' },
  });
  const invite = h('input', {
    name: 'invite', autocomplete: 'off', maxlength: '1024', spellcheck: 'false', data: { testid: 'invite-token' },
  });
  const invited = h('label', { hidden: true }, 'Invitation', invite);
  const error = h('p', { class: 'error', role: 'alert', data: { testid: 'auth-error' } }, notice);
  const login = h('button', { class: 'primary', type: 'submit', data: { testid: 'login' } }, 'Log in');
  const register = h('button', { type: 'submit', value: 'register', data: { testid: 'register' } }, 'Create account');

  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (isBusy(login)) return;
    const fresh = /** @type {HTMLButtonElement} */ (event.submitter)?.value === 'register';
    error.textContent = '';
    setBusy(true, login, register);
    try {
      const code = invite.value.trim();
      if (fresh) await chat.register(username.value, password.value, code ? { invite_token: code } : {});
      await chat.login(username.value, password.value);
      await onDone();
    } catch (reason) {
      error.textContent = invited.hidden && reason.code === BAD_INVITE ? INVITE_NEEDED : sentence(reason.message);
      setBusy(false, login, register);
      if (reason.code === BAD_INVITE) invited.hidden = false;
      /** @type {Record<string, HTMLElement>} */
      const places = { [BAD_INVITE]: invite, username };
      (places[reason.code] ?? places[reason.field] ?? password).focus();
    }
  };

  return h('main', { class: 'signin' },
    h('form', { onsubmit: submit },
      h('img', { class: 'logo', src: 'favicon.svg', alt: '' }),
      h('h1', {}, 'ChatSphere'),
      h('p', { class: 'lead' }, 'Log in, or choose a name and create an account.'),
      h('label', {}, 'Username', username),
      h('label', {}, 'Password', password),
      invited, error, login, register));
}

/** @param {string} detail `password: must have …`, as it is said on a page: `Password must have …` */
const sentence = (detail) => detail.charAt(0).toUpperCase() + detail.slice(1).replace(/^(\w+): /, '$1 ');
