/**
 * Audit: what was done on this server, newest first, for administrators. Of one kind or by and about one
 * person, if wanted. Ids of people become names as far as there still is somebody.
 */

import { h } from './dom.js';
import { field, form, when } from './forms.js';
import { Listing } from './listing.js';

const PAGE = 50;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The contract does not list them: these are offered, others can be typed. */
const ACTIONS = [
  'login', 'login_failed', 'login_throttled', 'logout_all', 'registered', 'password_changed', 'password_reset',
  'profile_changed', 'refresh_reused', 'token_created', 'token_revoked', 'user_created', 'user_deleted', 'user_disabled',
  'user_enabled', 'role_changed', 'roles_changed', 'role_created', 'role_deleted', 'invite_created', 'invite_revoked',
  'room_updated', 'room_deleted', 'member_updated', 'member_unbanned', 'message_deleted', 'report_resolved',
];

/** @param {import('../chatsphere.js').ChatSphere} chat of an administrator */
export async function auditView(chat) {
  const names = new Names(chat);
  const action = field('Action', 'audit-action', { list: 'audit-actions', maxlength: '100' });
  const person = field('By or about (name or id)', 'audit-user', { maxlength: '100' });
  let userId = '';
  const listing = new Listing({
    testid: 'audit', empty: 'Nothing of the kind has been done.', page: PAGE,
    draw: (entry) => draw(entry, names),
    load: async (last) => names.learn(await page(chat, { action: action.input.value.trim(), user_id: userId, before: last?.id ?? '' })),
  });
  const submit = async () => {
    userId = await names.find(person.input.value.trim());
    await listing.refresh();
  };
  await listing.refresh();
  return h('div', { class: 'stack' },
    form({ label: 'Filter', testid: 'audit-filter', submit }, h('div', { class: 'row' }, action.label, person.label),
      h('datalist', { id: 'audit-actions' }, ...ACTIONS.map((value) => h('option', { value })))),
    listing.element);
}

/** @param {any} entry @param {Names} names */
function draw(entry, names) {
  const data = Object.entries(entry.data).map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const about = entry.target_id && entry.target_id !== entry.actor_id ? ['about ', named(entry.target_id, names), ' · '] : [];
  return [
    h('p', { class: 'name' }, entry.action),
    h('p', { class: 'muted' }, when(entry.at), ' · by ', named(entry.actor_id, names), ' · ', ...about,
      entry.room_id && `in room ${entry.room_id} · `, entry.ip_address ?? 'no address'),
    data.length > 0 && h('p', { class: 'muted data' }, data.join(' · ')),
  ];
}

/** @param {string | null} id @param {Names} names */
function named(id, names) {
  if (!id) return 'the system';
  return h('b', { title: id }, names.of(id) ?? `…${id.slice(-12)}`);
}

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {Record<string, string>} filter what is '' does not count
 */
async function page(chat, filter) {
  const given = Object.entries(filter).filter(([, value]) => value !== '');
  const query = new URLSearchParams([['limit', String(PAGE)], ...given.map(([name, value]) => [name, String(value)])]);
  return (await chat.request('GET', `/auth/audit?${query}`)).body;
}

/** Who has which id, asked once each. */
class Names {
  #chat;
  /** @type {Map<string, string | undefined>} */
  #known = new Map();

  /** @param {import('../chatsphere.js').ChatSphere} chat */
  constructor(chat) {
    this.#chat = chat;
  }

  /** @param {string} id */
  of(id) {
    return this.#known.get(id);
  }

  /** @param {any[]} entries @returns {Promise<any[]>} the same, with whose actors can be named */
  async learn(entries) {
    const ids = new Set(entries.map(({ actor_id: id }) => id).filter((id) => id && !this.#known.has(id)));
    await Promise.all([...ids].map(async (id) => {
      this.#known.set(id, (await this.#chat.getUser(id).catch(() => null))?.username);
    }));
    return entries;
  }

  /** @param {string} text a name or an id @returns {Promise<string>} the id */
  async find(text) {
    if (!text || ID.test(text)) return text;
    const found = (await this.#chat.findUsers(text)).find(({ username }) => username.toLowerCase() === text.toLowerCase());
    if (!found) throw new Error(`There is nobody called “${text}”`);
    this.#known.set(found.id, found.username);
    return found.id;
  }
}
