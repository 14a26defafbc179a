/**
 * InvitesDialog: links by which anybody who has an account comes into a room: made, copied, taken back.
 */

import { openDialog } from './dialogs.js';
import { h, refill } from './dom.js';
import { briefly } from './text.js';

/** @type {[string, string][]} value and label */
const USES = [['1', 'once'], ['10', '10 times'], ['100', '100 times'], ['', 'any number of times']];
/** @type {[string, string][]} seconds and label */
const ENDS = [['3600', 'for an hour'], ['86400', 'for a day'], ['604800', 'for a week'], ['', 'without an end']];

/** @param {string} code */
export function inviteLink(code) {
  return `${location.origin}${location.pathname}#invite/${code}`;
}

/** @typedef {import('../sdk/types.js').Invite} Invite */

export class InvitesDialog {
  #chat;
  #roomId;
  #uses = select(USES, 'invite-uses');
  #ends = select(ENDS, 'invite-expires');
  #link = h('input', { readonly: true, 'aria-label': 'Link', data: { testid: 'invite-link' } });
  #copy = h('button', { type: 'button', data: { testid: 'invite-copy' }, onclick: () => this.#toClipboard() }, 'Copy');
  #made = h('div', { class: 'line', hidden: true }, this.#link, this.#copy);
  #list = h('ul', { class: 'invites', data: { testid: 'invite-list' } });
  #error = h('p', { class: 'error', role: 'alert' });

  /** @param {import('../chatsphere.js').ChatSphere} chat @param {string} roomId */
  constructor(chat, roomId) {
    this.#chat = chat;
    this.#roomId = roomId;
  }

  /** @param {string} name of the room */
  show(name) {
    openDialog(`Invite to ${name}`, [
      h('div', { class: 'line' }, h('label', {}, 'Can be used', this.#uses), h('label', {}, 'Is good', this.#ends)),
      this.#made, this.#list, this.#error,
    ], { label: 'Make a link', testid: 'invite-make', stays: true, submit: () => this.#make() });
    this.#load();
  }

  async #make() {
    const uses = Number(this.#uses.value) || undefined;
    const expires = Number(this.#ends.value) || undefined;
    const { code } = await this.#chat.invite(this.#roomId, { uses, expires });
    this.#link.value = inviteLink(code);
    this.#copy.textContent = 'Copy';
    this.#made.hidden = false;
    this.#link.select();
    await this.#load();
  }

  async #load() {
    try {
      const invites = await this.#chat.invitations(this.#roomId);
      refill(this.#list, ...invites.map((invite) => this.#item(invite)));
    } catch (error) {
      this.#error.textContent = error.message;
    }
  }

  /** @param {Invite} invite */
  #item({ id, prefix, uses, maxUses, expiresAt }) {
    const times = maxUses === null ? `used ${uses} times` : `used ${uses} of ${maxUses}`;
    const end = expiresAt ? `ends ${briefly(expiresAt)}` : 'without an end';
    return h('li', { class: 'line', data: { testid: 'invite', id } },
      h('span', {}, h('code', {}, prefix), h('small', {}, `${times}, ${end}`)),
      h('button', {
        class: 'small', type: 'button', 'aria-label': `Revoke ${prefix}`, data: { testid: 'invite-revoke' },
        onclick: () => this.#revoke(id),
      }, 'Revoke'));
  }

  /** @param {string} id */
  async #revoke(id) {
    this.#error.textContent = '';
    await this.#chat.revokeInvite(this.#roomId, id).catch((error) => { this.#error.textContent = error.message; });
    await this.#load();
  }

  /** Over plain http there is no clipboard to be asked: the selection is copied then. */
  async #toClipboard() {
    this.#link.select();
    const isDone = navigator.clipboard
      ? await navigator.clipboard.writeText(this.#link.value).then(() => true, () => false) : document.execCommand('copy');
    this.#copy.textContent = isDone ? 'Copied' : 'Press Ctrl+C';
  }
}

/** @param {[string, string][]} options @param {string} testid */
function select(options, testid) {
  return h('select', { data: { testid } }, ...options.map(([value, label]) => h('option', { value }, label)));
}
