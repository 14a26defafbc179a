/**
 * Applications: the API tokens of all, for administrators. New ones are made for applications, which act for
 * all users; whatever has to end is revoked here, whosever it is.
 */

import { h } from './dom.js';
import { choice, form } from './forms.js';
import { Listing } from './listing.js';
import { PeopleField } from './people.js';
import { drawToken, tokenForm } from './tokens.js';

const PAGE = 50;
const TYPES = new Map([['CLIENT', 'Applications'], ['USER', 'People'], ['', 'All']]);

/** @param {import('../chatsphere.js').ChatSphere} chat of an administrator */
export async function applicationsView(chat) {
  const type = choice('Tokens of', 'tokens-type', TYPES, 'CLIENT');
  const person = new PeopleField(chat, { label: 'Owned by (name or id)', testid: 'tokens-person' });
  const wanted = { all: 'true', type: 'CLIENT', userId: '' };
  /** @type {Listing} */
  const listing = new Listing({
    testid: 'tokens', empty: 'There is none of the kind.', page: PAGE,
    load: (last) => page(chat, { ...wanted, before: last?.id ?? '' }),
    draw: (token) => drawToken(token, { owner: true, revoke: () => listing.change(() => chat.revokeToken(token.id)) }),
  });
  const filter = async () => {
    const [owner] = await person.people();
    Object.assign(wanted, { type: type.select.value, userId: owner?.id ?? '' });
    await listing.refresh();
  };
  const making = await tokenForm(chat, {
    given: ['read', 'write', 'rooms', 'users'], made: () => listing.refresh(),
    create: async (fields) => (await chat.request('POST', '/api/tokens/client', fields)).body,
  });
  await listing.refresh();
  return h('div', { class: 'stack' },
    h('details', {}, h('summary', { data: { testid: 'token-new' } }, 'New token for an application'),
      h('p', { class: 'muted' }, 'With such a token an application acts for all its users. It stands in your name.'), making),
    form({ label: 'Show', testid: 'tokens-filter', submit: filter }, h('div', { class: 'row' }, type.label, person.element)),
    listing.element);
}

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {Record<string, string>} filter what is '' does not count
 * @returns {Promise<import('../sdk/types.js').Token[]>} newest first
 */
async function page(chat, filter) {
  const given = Object.entries(filter).filter(([, value]) => value !== '');
  return (await chat.request('GET', `/api/tokens?${new URLSearchParams([['limit', String(PAGE)], ...given])}`)).body;
}
