/**
 * Accounts: all people of this server, for administrators: found by name, given roles, disabled and
 * enabled again.
 */

import { h } from './dom.js';
import { field, sureButton, when } from './forms.js';
import { Listing } from './listing.js';
import { avatar } from './text.js';

const PAGE = 50;
const TYPING_MS = 250;

/** @param {import('../chatsphere.js').ChatSphere} chat of an administrator */
export async function accountsView(chat) {
  /** @type {{id: string, name: string, built_in: boolean}[]} */
  const roles = (await chat.request('GET', '/auth/roles')).body;
  const search = field('Find somebody', 'account-search', { type: 'search', placeholder: 'How the name begins', maxlength: '100' });
  /** @type {Listing} */
  const listing = new Listing({
    testid: 'accounts', empty: 'Nobody has such a name.', page: PAGE, draw,
    load: (last) => page(chat, search.input.value.trim(), last?.id),
  });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let due;
  search.input.addEventListener('input', () => {
    clearTimeout(due);
    due = setTimeout(() => listing.attempt(() => listing.refresh()), TYPING_MS);
  });
  const path = (/** @type {any} */ account) => `/auth/users/${account.id}`;
  const change = (/** @type {any} */ account, /** @type {string} */ what, /** @type {object} */ body = {}) => (
    listing.attempt(async () => {
      await chat.request('PUT', `${path(account)}/${what}`, body);
      listing.replace((await chat.request('GET', path(account))).body);
    }));

  /** @param {any} account */
  function draw(account) {
    const isOwn = account.id === chat.user?.id;
    return [
      avatar(account.username),
      h('p', { class: 'name' }, account.username, !account.is_active && h('small', { class: 'tag bad' }, 'disabled'),
        isOwn && h('small', { class: 'tag' }, 'you')),
      h('p', { class: 'muted' }, [account.full_name, account.email].filter(Boolean).join(' · ') || 'No further details'),
      h('p', { class: 'muted' }, 'Since ', when(account.created_at), account.last_seen ? ' · seen ' : ' · never seen',
        account.last_seen && when(account.last_seen)),
      !isOwn && h('div', { class: 'tools' }, rolesOf(account), switchOf(account)),
    ];
  }

  /** @param {any} account */
  function rolesOf(account) {
    const set = (/** @type {string[]} */ names) => change(account, 'roles', {
      role_ids: roles.filter(({ name }) => names.includes(name)).map(({ id }) => id),
    });
    const others = account.roles.filter((/** @type {string} */ name) => name !== account.role);
    const base = h('select', {
      'aria-label': `Role of ${account.username}`, data: { testid: 'account-role' },
      onchange: () => set([base.value, ...others]),
    }, ...roles.filter((role) => role.built_in).map(({ name }) => h('option', { selected: name === account.role }, name)));
    const further = roles.filter((role) => !role.built_in).map(({ name }) => {
      const box = h('input', {
        type: 'checkbox', checked: others.includes(name), data: { testid: 'account-further', role: name },
        onchange: () => set([account.role, ...others.filter((/** @type {string} */ one) => one !== name), ...(box.checked ? [name] : [])]),
      });
      return h('label', { class: 'check' }, box, name);
    });
    return h('div', { class: 'tools' }, base, ...further);
  }

  /** @param {any} account */
  function switchOf(account) {
    if (account.is_active) {
      return sureButton({
        label: 'Disable', sure: 'Disable it?', what: account.username, testid: 'account-disable',
        run: () => change(account, 'disable'),
      });
    }
    return h('button', {
      class: 'small', type: 'button', data: { testid: 'account-enable' }, onclick: () => change(account, 'enable'),
    }, 'Enable');
  }

  await listing.refresh();
  return h('div', { class: 'stack' }, search.label, listing.element);
}

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {string} name how it begins
 * @param {string} [before]
 * @returns {Promise<any[]>} newest first
 */
async function page(chat, name, before) {
  const query = new URLSearchParams({ limit: String(PAGE), ...(name && { query: name }), ...(before && { before }) });
  return (await chat.request('GET', `/auth/users?${query}`)).body;
}
