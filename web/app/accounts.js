/**
 * Accounts: all people of this server, for administrators: made, found by name, given roles, disabled and
 * enabled again. What would lock oneself out is not offered.
 */

import { accountSessions } from './accountsessions.js';
import { h } from './dom.js';
import { field, sureButton, when } from './forms.js';
import { Listing } from './listing.js';
import { newAccount } from './newaccount.js';
import { avatar } from './text.js';

const PAGE = 50;
const TYPING_MS = 250;
const LOST = 'Whoever has lost a password gets a new one on the server: chatspherectl user passwd NAME.';
const OWN = 'This is you. Your role and your access are another administrator’s to change.';

/** @typedef {{id: string, name: string, built_in: boolean}} Role */
/** @typedef {(what: string, body?: object) => Promise<boolean>} Change */

/** @param {import('../chatsphere.js').ChatSphere} chat of an administrator */
export async function accountsView(chat) {
  /** @type {Role[]} */
  const roles = (await chat.request('GET', '/auth/roles')).body;
  const search = field('Find somebody', 'account-search', { type: 'search', placeholder: 'How the name begins', maxlength: '100' });
  /** @type {Listing} */
  const listing = new Listing({
    testid: 'accounts', empty: 'Nobody has such a name.', page: PAGE,
    load: (last) => page(chat, search.input.value.trim(), last?.id),
    draw: (account) => [
      ...about(account, account.id === chat.user?.id),
      ...(account.id === chat.user?.id ? [h('p', { class: 'muted' }, OWN)] : [
        h('div', { class: 'tools' }, rolesOf(account, roles, (...args) => change(account, ...args)),
          switchOf(account, (...args) => change(account, ...args))),
        accountSessions(chat, account),
      ]),
    ],
  });
  /** @param {any} account @param {string} what @param {object} [body] */
  const change = (account, what, body = {}) => listing.attempt(async () => {
    await chat.request('PUT', `/auth/users/${account.id}/${what}`, body);
    listing.replace((await chat.request('GET', `/auth/users/${account.id}`)).body);
  });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let due;
  search.input.addEventListener('input', () => {
    clearTimeout(due);
    due = setTimeout(() => listing.attempt(() => listing.refresh()), TYPING_MS);
  });
  const made = () => {
    search.input.value = '';
    return listing.refresh();
  };
  await listing.refresh();
  const offices = roles.filter((role) => role.built_in).map(({ name }) => name);
  return h('div', { class: 'stack' }, newAccount(chat, offices, made), search.label, listing.element, h('p', { class: 'muted' }, LOST));
}

/** @param {any} account @param {boolean} isOwn */
function about(account, isOwn) {
  return [
    avatar(account.username),
    h('p', { class: 'name' }, account.username, !account.is_active && h('small', { class: 'tag bad' }, 'disabled'),
      isOwn && h('small', { class: 'tag' }, 'you')),
    h('p', { class: 'muted' }, [account.full_name, account.email].filter(Boolean).join(' · ') || 'No further details'),
    h('p', { class: 'muted' }, 'Since ', when(account.created_at), account.last_seen ? ' · seen ' : ' · never seen',
      account.last_seen && when(account.last_seen)),
  ];
}

/**
 * What is chosen goes back to what it was when the server says no.
 * @param {any} account
 * @param {Role[]} roles
 * @param {Change} change
 */
function rolesOf(account, roles, change) {
  const set = (/** @type {string[]} */ names) => change('roles', {
    role_ids: roles.filter(({ name }) => names.includes(name)).map(({ id }) => id),
  });
  const others = account.roles.filter((/** @type {string} */ name) => name !== account.role);
  const base = h('select', {
    'aria-label': `Role of ${account.username}`, data: { testid: 'account-role' },
    onchange: async () => { if (!await set([base.value, ...others])) base.value = account.role; },
  }, ...roles.filter((role) => role.built_in).map(({ name }) => h('option', { selected: name === account.role }, name)));
  const further = roles.filter((role) => !role.built_in).map(({ name }) => {
    const has = others.includes(name);
    const box = h('input', {
      type: 'checkbox', checked: has, data: { testid: 'account-further', role: name },
      onchange: async () => {
        const rest = others.filter((/** @type {string} */ one) => one !== name);
        if (!await set([account.role, ...rest, ...(box.checked ? [name] : [])])) box.checked = has;
      },
    });
    return h('label', { class: 'check' }, box, name);
  });
  return h('div', { class: 'tools' }, base, ...further);
}

/** @param {any} account @param {Change} change */
function switchOf(account, change) {
  if (account.is_active) {
    return sureButton({
      label: 'Disable', sure: 'Disable it?', what: account.username, testid: 'account-disable', run: () => change('disable'),
    });
  }
  return h('button', {
    class: 'small', type: 'button', data: { testid: 'account-enable' }, onclick: () => change('enable'),
  }, 'Enable', h('span', { class: 'sr-only' }, ` ${account.username}`));
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
