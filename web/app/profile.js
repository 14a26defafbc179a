/**
 * Profile: what others see of the own account, the address, and the password.
 */

import { h } from './dom.js';
import { field, form } from './forms.js';

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {import('./account.js').Account} account
 */
export async function profileView(chat, account) {
  const me = /** @type {any} */ (await chat.me());
  const name = field('Username', 'profile-username', { name: 'username', value: me.username, required: true, maxlength: '100', spellcheck: 'false' });
  const full = field('Full name', 'profile-full-name', { name: 'fullName', value: me.full_name, maxlength: '255', autocomplete: 'name' });
  const email = field('E-mail (only administrators see it)', 'profile-email', {
    name: 'email', value: me.email, type: 'email', maxlength: '255', autocomplete: 'email',
  });
  const bio = field('About you', 'profile-bio', { name: 'bio', value: me.bio, tag: 'textarea', rows: '3', maxlength: '4000' });
  const submit = async () => {
    const kept = await chat.updateProfile(changed(me, {
      username: name.input.value.trim(), fullName: full.input.value.trim(),
      email: email.input.value.trim(), bio: bio.input.value.trim(),
    }));
    Object.assign(me, { username: kept.username, full_name: kept.fullName, email: kept.email, bio: kept.bio });
    account.renamed(kept.username);
  };
  return form({ label: 'Save', testid: 'profile-save', done: 'Saved', submit },
    name.label, full.label, email.label, bio.label,
    h('p', { class: 'muted' }, `${me.roles.join(', ')} · your id is `, h('code', {}, me.id)));
}

/**
 * What stays as it is needs no new look at it.
 * @param {any} me
 * @param {{username: string, fullName: string, email: string, bio: string}} wanted
 */
function changed(me, wanted) {
  const now = { username: me.username, fullName: me.full_name, email: me.email, bio: me.bio };
  const differing = Object.entries(wanted).filter(([key, value]) => value !== (/** @type {any} */ (now)[key] ?? ''));
  return Object.fromEntries(differing);
}

/** @param {import('../chatsphere.js').ChatSphere} chat */
export function passwordView(chat) {
  const secret = { type: 'password', required: true, maxlength: '128' };
  const old = field('Current password', 'password-old', { ...secret, name: 'current_password', autocomplete: 'current-password' });
  const wanted = field('New password', 'password-new', { ...secret, name: 'new_password', autocomplete: 'new-password' });
  const again = field('New password, once more', 'password-again', { ...secret, autocomplete: 'new-password' });
  const submit = async () => {
    if (wanted.input.value !== again.input.value) throw new Error('The two new passwords differ');
    await chat.changePassword(old.input.value, wanted.input.value);
    for (const { input } of [old, wanted, again]) input.value = '';
  };
  const done = 'Changed. All other devices are signed out.';
  return form({ label: 'Change password', testid: 'password-save', done, submit },
    // For whatever remembers passwords.
    h('input', { type: 'text', autocomplete: 'username', value: chat.user?.username, readonly: true, hidden: true }),
    old.label, wanted.label, again.label);
}
