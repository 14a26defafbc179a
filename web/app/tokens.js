/**
 * API tokens: one's own, and what all views of tokens share: the form that makes one, how one is shown. What
 * a token says is shown once, when it is made; the server keeps its first characters only.
 */

import { h, refill } from './dom.js';
import { choice, field, form, permissionFields, permissionNames, permissionText, sureButton, when } from './forms.js';
import { Listing } from './listing.js';

const DAY_MS = 86_400_000;
const PERIODS = new Map([['7', 'a week'], ['30', '30 days'], ['90', '90 days'], ['365', 'a year'], ['', 'ever']]);

/** @typedef {import('../sdk/types.js').Token} Token */

/** @param {import('../chatsphere.js').ChatSphere} chat */
export async function tokensView(chat) {
  /** @type {Listing} */
  const listing = new Listing({
    testid: 'tokens', empty: 'There is none.',
    load: async () => (await chat.tokens()).filter((one) => one.type === 'USER' && !one.revoked),
    draw: (token) => drawToken(token, { revoke: () => listing.change(() => chat.revokeToken(token.id)) }),
  });
  const making = await tokenForm(chat, {
    given: ['read', 'write'], create: (fields) => chat.createToken(fields), made: () => listing.refresh(),
  });
  await listing.refresh();
  return h('div', { class: 'stack' },
    h('p', { class: 'muted' }, 'With a token a program acts for you. Keep it like a password.'),
    making, h('h3', {}, 'Your tokens'), listing.element);
}

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {{given: string[], create: (fields: any) => Promise<{token: string}>, made: () => Promise<any>}} kind
 *   given: permissions that it has unless somebody takes them away; made: what is done afterwards
 */
export async function tokenForm(chat, { given, create, made }) {
  const { body: { permissions: own } } = await chat.request('GET', '/api/auth/verify');
  const fresh = h('div', { role: 'status' });
  const name = field('What it is for', 'token-name', { name: 'name', maxlength: '100', placeholder: 'such as “nightly backup”' });
  const may = permissionFields(permissionNames.filter((one) => own[one]), given);
  const period = choice('Good for', 'token-period', PERIODS, '90');
  const submit = async () => {
    const expiresAt = period.select.value && new Date(Date.now() + period.select.value * DAY_MS).toISOString();
    const wanted = { name: name.input.value.trim(), permissions: may.value(), ...(expiresAt && { expiresAt }) };
    refill(fresh, shownOnce((await create(wanted)).token));
    fresh.scrollIntoView({ block: 'nearest' });
    name.input.value = '';
    await made();
  };
  return h('div', { class: 'stack' },
    form({ label: 'New token', testid: 'token-create', submit }, name.label, may.element, period.label), fresh);
}

/**
 * @param {Token} token
 * @param {{revoke: () => Promise<any>, owner?: boolean}} options owner: whose it is and what kind is said, too
 */
export function drawToken(token, { revoke, owner = false }) {
  const code = h('code', {}, token.prefix);
  const kind = token.type === 'CLIENT' ? 'application' : 'person';
  const ended = endOf(token);
  return [
    h('p', { class: 'name' }, token.name ?? code, owner && h('small', { class: 'tag' }, kind),
      token.current && h('small', { class: 'tag' }, 'in use here'), ended && h('small', { class: 'tag bad' }, ended)),
    (token.name || owner) && h('p', { class: 'muted' }, token.name && code, token.name && owner && ' · ', owner && `of ${token.username}`),
    h('p', { class: 'muted' }, permissionText(token.permissions)),
    h('p', { class: 'muted' }, ...lifeOf(token)),
    ended !== 'revoked' && sureButton({
      label: 'Revoke', sure: 'Revoke it?', what: token.name ?? token.prefix, testid: 'token-revoke', run: revoke,
    }),
  ];
}

/** @param {Token} token @returns {string} '' while it is good */
function endOf({ revoked, expiresAt }) {
  if (revoked) return 'revoked';
  return expiresAt && Date.parse(expiresAt) <= Date.now() ? 'expired' : '';
}

/** @param {Token} token */
function lifeOf({ createdAt, lastUsedAt, expiresAt }) {
  return [
    'Made ', when(createdAt), lastUsedAt ? ' · last used ' : ' · never used', ...(lastUsedAt ? [when(lastUsedAt)] : []),
    expiresAt ? ' · good until ' : ' · does not end', ...(expiresAt ? [when(expiresAt)] : []),
  ];
}

/** @param {string} token */
function shownOnce(token) {
  const text = h('input', { readonly: true, value: token, spellcheck: 'false', data: { testid: 'token-secret' } });
  const copy = h('button', {
    class: 'primary', type: 'button', data: { testid: 'token-copy' },
    onclick: async () => {
      text.select();
      // Without https there is no clipboard for scripts, but still the old command.
      const done = await navigator.clipboard?.writeText(token).then(() => true, () => false) || document.execCommand('copy');
      copy.textContent = done ? 'Copied' : 'Copy it by hand';
    },
  }, 'Copy');
  return h('div', { class: 'secret' }, h('label', {}, 'Copy it now: it is not shown again', text), copy);
}
