/**
 * Conversation: what is said in the shown room and all that is done about it: the list of messages, who
 * is writing, the composer, and the thread beside it.
 */

import { Actions } from './actions.js';
import { Composer } from './composer.js';
import { h } from './dom.js';
import { MessageList } from './messages.js';
import { Names } from './names.js';
import { Pins } from './pins.js';
import { Reading } from './reading.js';

const FAILURE_MS = 6_000;
/** More than these are "several people". */
const NAMED = 2;

export class Conversation {
  #chat;
  #page;
  /** @type {MessageList} */
  #list;
  /** @type {Composer} */
  #composer;
  /** Fetched with the first thread.
   *  @type {import('./threadpane.js').ThreadPane | null} */
  #thread = null;
  #around;
  #onThread;
  #pins = new Pins(() => this.render());
  #names;
  #info;
  /** @type {import('./gate.js').Gate | null} */
  #gate = null;
  #reading;
  #typing = h('p', { class: 'typing', data: { testid: 'typing' } });
  #failure = h('p', { class: 'failure', role: 'alert', data: { testid: 'action-error' } });
  /** A message of the shown room has been asked for. */
  #revealing = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #failed;
  /** @type {import('../sdk/room.js').Room | null} */
  #room = null;
  /** @type {(() => void)[]} */
  #undo = [];

  /**
   * @param {import('../chatsphere.js').ChatSphere} chat
   * @param {(roomId: string) => import('../sdk/types.js').RoomInfo | undefined} info
   * @param {(open: boolean) => void} onThread a thread is shown, or no more
   * @param {import('./actions.js').Page} page
   */
  constructor(chat, info, onThread, page) {
    this.#chat = chat;
    this.#page = page;
    this.#names = new Names(chat, () => this.render());
    this.#onThread = onThread;
    this.#info = info;
    const around = this.#around = {
      chat, room: () => this.#shown, info: () => info(this.#shown.id), pins: this.#pins,
      names: this.#names, page,
      open: (/** @type {any} */ message) => this.#openThread(message.parentId ?? message.id),
      failed: (/** @type {Error} */ error) => this.#fail(error), changed: () => this.render(),
    };
    this.#list = new MessageList(chat, new Actions(around, (message) => this.#composer.edit(message)), {
      reader: { line: () => this.#reading.line, unread: () => info(this.#shown.id)?.unread ?? 0, seen: page.seen },
    });
    this.#reading = new Reading(chat, () => this.#list.isEndInSight);
    this.#composer = new Composer({
      send: (content) => this.#send(content),
      around,
      last: () => this.#list.lastOwn,
    });
    /** To be put into the room's pane, in this order; and beside it, the thread's place. */
    this.elements = [this.#list.element, this.#failure, this.#typing, this.#composer.element];
    this.thread = h('aside', { hidden: true });
  }

  /** @param {import('../sdk/room.js').Room} room */
  show(room) {
    this.dispose();
    this.#thread?.close();
    this.#room = room;
    this.#revealing = false;
    this.#names.show(room);
    this.#reading.show(room);
    this.#list.show(room);
    this.#composer.show(room.id);
    this.#pins.show(room);
    this.#undo = [
      room.on('typing', () => this.#drawTyping()),
      room.on('event', (event) => this.#pins.happened(event)),
      room.on('event', (event) => this.#names.happened(event)),
      room.on('reset', () => this.#pins.load(room)),
      room.on('reset', () => this.#reading.show(room)),
    ];
    this.#fail(null);
    this.#drawTyping();
    this.#hold();
    this.render();
  }

  dispose() {
    for (const undo of this.#undo) undo();
    this.#names.dispose();
    this.#gate?.dispose();
    clearTimeout(this.#failed);
  }

  render() {
    if (this.#reading.opened()) this.#openAtLine();
    this.#list.render();
    this.#thread?.render();
    this.#hold();
  }

  /** A message of somebody else has arrived in this room. */
  arrived() {
    this.#reading.arrived();
    this.#list.render();
  }

  /** Is what comes read as it comes? */
  get isRead() {
    return this.#reading.isOn;
  }

  /** More, or less, is unread. */
  counted() {
    if (this.#room) this.#list.counted();
  }

  /** What is new may begin further back than what is loaded. Nothing is read until the reader is there. */
  async #openAtLine() {
    const room = this.#shown;
    const reading = this.#reading;
    const first = (reading.line ?? 0) + 1;
    reading.isOpening = true;
    if (!this.#revealing && room.hasOlder && room.messages[0]?.seq > first) await room.reach(first).catch(() => {});
    if (room !== this.#room) return;
    if (!this.#revealing) this.#list.toLine();
    reading.isOpening = false;
    this.#page.seen();
  }

  /** Shows a message of this room, and marks it for a moment; it may be far back.
   *  @param {string} messageId */
  async reveal(messageId) {
    const room = this.#shown;
    this.#revealing = true; // which is where the room is opened, then
    try {
      await room.open();
      const known = room.messages.find(({ id }) => id === messageId);
      const [{ seq }] = known ? [known] : (await room.around(messageId, 1)).filter(({ id }) => id === messageId);
      if (!await room.reach(seq)) throw new Error('This message cannot be shown here');
      if (room === this.#room) this.#list.reveal(messageId);
    } catch (error) {
      if (room === this.#room) this.#fail(error);
    }
  }

  /** @param {string} name of the room */
  name(name) {
    this.#composer.name(`Message ${name}`);
    this.#list.name(name);
    this.#hold();
  }

  focus() {
    this.#composer.focus();
  }

  get #shown() {
    return /** @type {import('../sdk/room.js').Room} */ (this.#room);
  }

  /** @param {string} rootId */
  async #openThread(rootId) {
    const room = this.#room;
    try {
      const { ThreadPane } = await import('./threadpane.js');
      if (room !== this.#room) return;
      if (!this.#thread) {
        this.#thread = new ThreadPane(this.#around, this.#onThread);
        this.thread.replaceWith(this.#thread.element);
      }
      this.#thread.open(rootId);
      this.#hold();
    } catch {
      this.#fail(new Error('The thread could not be loaded'));
    }
  }

  /** Where not everybody may write at any time, the composers say so; where all may, nothing is needed for it. */
  #hold() {
    if (!this.#room) return;
    const { archived, mutedUntil, slowModeSeconds } = this.#info(this.#room.id) ?? {};
    if (this.#gate) this.#gate.update(this.#room, this.#chat.user?.id);
    else if (archived || mutedUntil || slowModeSeconds) this.#makeGate();
  }

  async #makeGate() {
    const { Gate } = await import('./gate.js').catch(() => ({ Gate: null }));
    if (!Gate || this.#gate) return; // without it the server refuses what it would have spared
    this.#gate = new Gate(() => this.#info(this.#shown.id), () => (
      this.#thread ? [this.#composer, this.#thread.composer] : [this.#composer]));
    this.#hold();
  }

  /** @param {string} content */
  #send(content) {
    this.#reading.said();
    this.#chat.send(this.#shown.id, content).catch(() => {}); // the message itself shows its state
    this.#list.toEnd();
  }

  #drawTyping() {
    const names = this.#shown.typists.map(({ username }) => username);
    const who = names.length > NAMED ? 'Several people' : names.join(' and ');
    this.#typing.textContent = who && `${who} ${names.length > 1 ? 'are' : 'is'} writing…`;
  }

  /** @param {Error | null} error shows for a while */
  #fail(error) {
    clearTimeout(this.#failed);
    this.#failure.textContent = error?.message ?? '';
    if (error) this.#failed = setTimeout(() => this.#fail(null), FAILURE_MS);
  }
}
