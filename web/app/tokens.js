/**
 * API tokens: a person's own, or an application's. What a token says is shown once, when it is made; the
 * server keeps its first characters only.
 */

import { h, refill } from './dom.js';
import { choice, form, permissionFields, permissionNames, permissionText, sureButton, when } from './forms.js';
import { Listing } from './listing.js';

const DAY_MS = 86_400_000;
const PERIODS = new Map([['7', 'a week'], ['30', '30 days'], ['90', '90 days'], ['365', 'a year'], ['', 'ever']]);

/** @param {import('../chatsphere.js').ChatSphere} chat */
export function tokensView(chat) {
  const lead = 'With a token a program acts for you. Keep it like a password.';
  return view(chat, { type: 'USER', lead, given: ['read', 'write'], create: (fields) => chat.createToken(fields) });
}

/** @param {import('../chatsphere.js').ChatSphere} chat of an administrator */
export function clientTokensView(chat) {
  const lead = 'With such a token an application acts for all its users. These are the ones in your name.';
  const create = async (/** @type {any} */ fields) => (await chat.request('POST', '/api/tokens/client', fields)).body;
  return view(chat, { type: 'CLIENT', lead, given: ['read', 'write', 'rooms', 'users'], create });
}

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {{type: string, lead: string, given: string[], create: (fields: any) => Promise<{token: string}>}} kind
 */
async function view(chat, { type, lead, given, create }) {
  const { body: { permissions: own } } = await chat.request('GET', '/api/auth/verify');
  /** @type {Listing} */
  const listing = new Listing({
    testid: 'tokens', empty: 'There is none.', draw,
    load: async () => (await chat.tokens()).filter((one) => one.type === type && !one.revoked),
  });
  const fresh = h('div', { role: 'status' });
  const may = permissionFields(permissionNames.filter((name) => own[name]), given);
  const period = choice('Good for', 'token-period', PERIODS, '90');
  const submit = async () => {
    const expiresAt = period.select.value && new Date(Date.now() + period.select.value * DAY_MS).toISOString();
    const { token } = await create({ permissions: may.value(), ...(expiresAt && { expiresAt }) });
    refill(fresh, shownOnce(token));
    await listing.refresh();
  };

  /** @param {import('../sdk/types.js').Token} token */
  function draw(token) {
    return [
      h('p', { class: 'name' }, h('code', {}, token.prefix)),
      h('p', { class: 'muted' }, permissionText(token.permissions)),
      h('p', { class: 'muted' }, ...lifeOf(token)),
      sureButton({
        label: 'Revoke', sure: 'Revoke it?', what: token.prefix, testid: 'token-revoke',
        run: () => listing.change(() => chat.revokeToken(token.id)),
      }),
    ];
  }

  await listing.refresh();
  return h('div', { class: 'stack' }, h('p', { class: 'muted' }, lead),
    form({ label: 'New token', testid: 'token-create', submit }, may.element, period.label), fresh, listing.element);
}

/** @param {import('../sdk/types.js').Token} token */
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
