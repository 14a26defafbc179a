/**
 * MembersDialog: who is in a room and who is there just now; from here one writes to somebody, adds
 * people and, where one keeps order, gives offices, mutes and sends away (deeds.js, bans.js). It follows
 * what happens.
 */

import { LOBBY_ID } from '../chatsphere.js';
import { Bans } from './bans.js';
import { deedButtons, mayManage } from './deeds.js';
import { openDialog } from './dialogs.js';
import { h, icon, reconcile, refill } from './dom.js';
import { face } from './face.js';
import { keepFocus } from './focus.js';
import { muteEnd } from './mute.js';
import { PeopleField } from './people.js';
import { ownRank, RANK, rankOf } from './rank.js';

const EVENTS = new Set(['member_joined', 'member_left', 'member_updated']);

/** @typedef {import('../sdk/types.js').Member} Member */
/** @typedef {import('../chatsphere.js').ChatSphere} ChatSphere */

export class MembersDialog {
  #chat;
  #roomId;
  #write;
  #turn = 0;
  /** @type {Member[]} */
  #members = [];
  /** Whose deeds are shown. */
  #managed = '';
  #list = h('ul', { class: 'members', tabindex: '-1', data: { testid: 'member-list' } });
  #error = h('p', { class: 'error', role: 'alert' });
  #close = () => {};
  /** @type {PeopleField | null} */
  #added = null;
  /** @type {import('./deeds.js').Keeper} */
  #keeper;
  /** @type {Bans | null} */
  #bans = null;

  /** @param {ChatSphere} chat @param {string} roomId @param {(userId: string) => Promise<void>} write to somebody */
  constructor(chat, roomId, write) {
    this.#chat = chat;
    this.#roomId = roomId;
    this.#write = write;
    this.#keeper = { chat, roomId, rank: RANK.none, run: (deed) => this.#do(deed) };
  }

  async show() {
    const info = await this.#load();
    const dialog = openDialog('Members', this.#content(info), this.#adding(info));
    const undo = [
      this.#chat.on('presence', () => this.#draw()),
      this.#chat.on('event', ({ type, roomId }) => {
        if (roomId === this.#roomId && EVENTS.has(type)) this.#load().catch(() => {});
      }),
    ];
    this.#close = () => dialog.close();
    dialog.addEventListener('close', () => { for (const off of undo) off(); });
  }

  async #load() {
    const turn = ++this.#turn;
    const info = await this.#chat.getRoom(this.#roomId);
    if (turn !== this.#turn) return info; // a later one knows better
    this.#keeper.rank = ownRank(info, this.#chat.user);
    this.#members = [...info.users ?? []].sort(byRank);
    this.#draw();
    await this.#bans?.load();
    return info;
  }

  /** @param {import('../sdk/types.js').RoomInfo} info */
  #content(info) {
    if (info.id === LOBBY_ID && this.#members.length === 0) return [h('p', {}, 'Everyone is in the Lobby.')];
    if (info.id === LOBBY_ID || info.kind === 'p2p' || this.#keeper.rank < RANK.moderator) return [this.#list, this.#error];
    this.#added = new PeopleField(this.#chat, { label: 'Add somebody, by name', testid: 'add-member-name' });
    this.#bans = new Bans(this.#keeper);
    this.#bans.load().catch((reason) => { this.#error.textContent = reason.message; });
    return [this.#list, this.#bans.element, this.#error, this.#added.element];
  }

  /** @param {import('../sdk/types.js').RoomInfo} info */
  #adding({ id }) {
    const field = this.#added;
    return field && {
      label: 'Add member',
      testid: 'add-member-submit',
      submit: async () => {
        const [person] = await field.people();
        if (!person) throw new Error('Say whom');
        await this.#chat.addMember(id, person.id);
      },
    };
  }

  #draw() {
    keepFocus(this.#list, () => reconcile(this.#list, this.#members.map((member) => this.#item(member))));
  }

  /** @param {Member} member @returns {import('./dom.js').Item} */
  #item(member) {
    const { id, username, role, mutedUntil } = member;
    const status = this.#chat.presenceOf(id);
    const sign = [username, role, mutedUntil, status, this.#keeper.rank, this.#managed === id].join('|');
    return { key: id, sign, fill: (li) => this.#fill(li, member, status) };
  }

  /** @param {HTMLElement} li @param {Member} member @param {import('../sdk/presence.js').Status} status */
  #fill(li, member, status) {
    const { id, username, role, mutedUntil } = member;
    const isMe = id === this.#chat.user?.id;
    const isManaged = !isMe && mayManage(this.#keeper, member);
    li.tabIndex = -1; // takes the focus when what had it has done its deed
    Object.assign(li.dataset, { testid: 'member', userId: id, name: username });
    refill(li, face(username, status),
      h('span', { class: 'name' }, username, isMe && ' (you)',
        h('small', { data: { testid: 'member-role' } }, [role, mutedUntil && `muted ${muteEnd(mutedUntil)}`.trim()].filter(Boolean).join(', '))),
      !isMe && h('button', {
        class: 'round', type: 'button', title: 'Message', 'aria-label': `Message ${username}`,
        data: { testid: 'message-person' }, onclick: () => this.#do(async () => { await this.#write(id); this.#close(); }),
      }, icon('chat')),
      isManaged && this.#manager(member),
      isManaged && this.#managed === id && deedButtons(this.#keeper, member));
  }

  /** @param {Member} member */
  #manager({ id, username }) {
    const isOpen = this.#managed === id;
    return h('button', {
      class: 'round manage', type: 'button', title: 'Manage', 'aria-label': `Manage ${username}`,
      'aria-expanded': String(isOpen), data: { testid: 'member-manage' },
      onclick: () => {
        this.#managed = isOpen ? '' : id;
        this.#draw();
      },
    }, icon('more'));
  }

  /** @param {() => Promise<unknown>} deed */
  async #do(deed) {
    this.#error.textContent = '';
    this.#managed = '';
    this.#draw();
    try {
      await deed();
      await this.#load();
    } catch (reason) {
      this.#error.textContent = reason.message;
    }
  }
}

/** Owners first, then by name.
 *  @param {Member} a @param {Member} b */
function byRank(a, b) {
  return rankOf(b.role) - rankOf(a.role) || a.username.localeCompare(b.username);
}
