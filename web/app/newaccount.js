/**
 * New account: made by an administrator for somebody, with a first password that is suggested and handed over.
 */

import { h } from './dom.js';
import { choice, field, form } from './forms.js';

/** Without those that look alike. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const LENGTH = 14; // 80 bits

/**
 * @param {import('../chatsphere.js').ChatSphere} chat of an administrator
 * @param {string[]} roles base roles, the most powerful first
 * @param {(account: any) => Promise<any>} made
 */
export function newAccount(chat, roles, made) {
  const text = { maxlength: '255', spellcheck: 'false' };
  const name = field('Username', 'account-username', { ...text, name: 'username', required: true, maxlength: '100' });
  const secret = field('First password', 'account-password', {
    ...text, name: 'password', required: true, maxlength: '128', value: suggestion(), autocomplete: 'new-password',
  });
  const full = field('Full name (optional)', 'account-full-name', { ...text, name: 'full_name' });
  const email = field('E-mail (optional)', 'account-email', { ...text, name: 'email', type: 'email' });
  const role = choice('Role', 'account-new-role', new Map([...roles].reverse().map((one) => [one, one])), 'MEMBER');
  const submit = async () => {
    const optional = { full_name: full.input.value.trim(), email: email.input.value.trim() };
    const account = (await chat.request('POST', '/auth/users', {
      username: name.input.value.trim(), password: secret.input.value, role: role.select.value,
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value)),
    })).body;
    const done = `Made. ${account.username} signs in with ${secret.input.value}`;
    for (const { input } of [name, full, email]) input.value = '';
    secret.input.value = suggestion();
    await made(account);
    return done;
  };
  return h('details', {}, h('summary', { data: { testid: 'account-new' } }, 'New account'),
    form({ label: 'Make it', testid: 'account-create', submit },
      h('div', { class: 'row' }, name.label, secret.label, full.label, email.label, role.label)));
}

function suggestion() {
  const random = crypto.getRandomValues(new Uint32Array(LENGTH));
  return Array.from(random, (n) => LETTERS[n % LETTERS.length]).join('');
}
