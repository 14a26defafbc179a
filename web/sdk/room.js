/**
 * Room: what a program does with one room, on top of the stream (stream.js), which shows its log live,
 * and of what is older (pages.js): saying something, changing it, threads, pins, members, who has read
 * how far and who is writing.
 *
 * A change (edit, remove, react) goes over the socket and, where there is none or it ends first, by
 * HTTP: twice is the same as once. It resolves when it is stored; the log shows it when its event comes.
 *
 * Emits what a stream does, and `typing` (typists differ) and `read` (a position has moved).
 */

import { ChatError } from './error.js';
import { PAGE_MAX, Pages } from './pages.js';
import { Reacted } from './reacted.js';
import { Reads } from './reads.js';
import { Typing } from './typing.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {{seq?: number | null}} Done the seq of the event; without one it was so already, null: not known */

const REPLIES_MAX = 1_000;

export class Room extends Pages {
  #parts;
  #reads;
  #typing;
  #reacted;

  /** @param {string} id @param {import('./stream.js').RoomParts} parts */
  constructor(id, parts) {
    super(id, parts);
    const { rest, socket, random } = parts;
    this.#parts = parts;
    this.#reads = new Reads({
      tell: (seq) => this.#change({ type: 'read', seq }, () => rest.markRead(id, seq)),
      load: () => rest.reads(id),
      changed: () => this.emit('read'),
      random,
    });
    this.#typing = new Typing({
      tell: () => socket.request({ type: 'typing', roomId: id }),
      changed: () => this.emit('typing'),
    });
    this.#reacted = new Reacted({ ask: (seqs) => rest.reacted(id, seqs), changed: () => this.emit('change') });
    this.on('loaded', (messages) => this.#reacted.loaded(messages));
    this.on('event', (event) => this.#happened(event));
    this.on('ephemeral', (event) => this.#passing(event));
    this.on('joined', ({ readSeq = 0, epoch }) => {
      this.#reads.known(readSeq, epoch);
      this.#reads.joined();
    });
  }

  /**
   * @param {string} content
   * @param {{parentId?: string}} [options] the message that this one answers
   * @returns {Promise<{id: string, seq: number}>} when it is stored for good
   */
  send(content, options) {
    this.#parts.socket.start();
    return this.#parts.outbox.add(this.id, content, options);
  }

  /** Says it in other words.
   *  @param {string} messageId @param {string} content */
  edit(messageId, content) {
    const frame = { type: 'edit', messageId, content };
    return this.#change(frame, () => this.#parts.rest.edit(this.id, messageId, content));
  }

  /** Takes a message back.
   *  @param {string} messageId */
  remove(messageId) {
    return this.#change({ type: 'delete', messageId }, () => this.#parts.rest.remove(this.id, messageId));
  }

  /** @param {string} messageId @param {string} emoji */
  async react(messageId, emoji) {
    const frame = { type: 'react', messageId, emoji };
    const done = await this.#change(frame, () => this.#parts.rest.react('PUT', this.id, messageId, emoji));
    this.#reacted.told(messageId, emoji, true);
    return done;
  }

  /** @param {string} messageId @param {string} emoji */
  async unreact(messageId, emoji) {
    const frame = { type: 'unreact', messageId, emoji };
    const done = await this.#change(frame, () => this.#parts.rest.react('DELETE', this.id, messageId, emoji));
    this.#reacted.told(messageId, emoji, false);
    return done;
  }

  /**
   * Gives an emoji, or takes it back when this user had given it: the server knows, also where this
   * page does not.
   * @param {string} messageId @param {string} emoji
   */
  async toggle(messageId, emoji) {
    if (this.reacted(messageId).has(emoji)) return this.unreact(messageId, emoji);
    const { seq } = await this.react(messageId, emoji);
    return seq === undefined ? this.unreact(messageId, emoji) : { seq };
  }

  /**
   * The emojis that this user has given, on any device: of messages that were loaded as soon as the server
   * has said so (`change` tells), of others as far as it was seen here.
   * @param {string} messageId
   * @returns {ReadonlySet<string>}
   */
  reacted(messageId) {
    return this.#reacted.of(messageId);
  }

  /** Who has given what to a message: of each emoji how many, and of the people some.
   *  @param {string} messageId */
  reactors(messageId) {
    return this.#parts.rest.reactors(this.id, messageId);
  }

  /** @param {string} messageId */
  pin(messageId) {
    return this.#parts.rest.pin('PUT', this.id, messageId);
  }

  /** @param {string} messageId */
  unpin(messageId) {
    return this.#parts.rest.pin('DELETE', this.id, messageId);
  }

  /** @returns {Promise<Message[]>} the one pinned last first */
  pins() {
    return this.current(() => this.#parts.rest.pins(this.id));
  }

  /**
   * A thread, oldest first: all of it, or of a very long one the beginning.
   * @param {string} messageId of the message at its root
   * @param {{after?: number}} range only above this seq
   */
  replies(messageId, { after = 0 } = {}) {
    return this.current(async () => {
      /** @type {Message[]} */
      const all = [];
      for (let page = [], from = after; all.length < REPLIES_MAX; from = page[page.length - 1].seq) {
        page = await this.#parts.rest.replies(this.id, messageId, { after: from, limit: PAGE_MAX });
        all.push(...page);
        if (page.length < PAGE_MAX) break;
      }
      return all;
    });
  }

  /** The messages before and behind one, itself among them.
   *  @param {string} messageId */
  async around(messageId, limit = 50) {
    const { rest } = this.#parts;
    const shown = this.messages.find(({ id }) => id === messageId);
    const { seq } = shown ?? await rest.message(this.id, messageId);
    return this.current(async () => (await rest.history(this.id, { around: seq, limit })).messages);
  }

  /** At most 1,000, by their ids; of the lobby, which is everybody's, none. */
  members() {
    return this.#parts.rest.members(this.id);
  }

  /** This user has read up to `seq`, or all that is there. It never goes back.
   *  @param {number | null} [seq] */
  markRead(seq = this.log.seq) {
    if (this.#parts.user()) this.#reads.mark(seq ?? 0);
  }

  /** How far this user has read, on any device. */
  get readSeq() {
    return this.#reads.own;
  }

  /** How far the others have read, user → seq; they are loaded when this is first looked at. */
  get reads() {
    this.#reads.watch();
    return this.#reads.others;
  }

  /** This user is writing: to be called at every key. */
  typing() {
    if (this.state === 'live') this.#typing.tell();
  }

  /** Who is writing now. */
  get typists() {
    return this.#typing.now;
  }

  /** The server's word on the own position, which came beside the stream.
   *  @param {number} seq */
  readTo(seq) {
    this.#reads.known(seq);
  }

  up() {
    super.up();
    this.#reads.up();
    this.#reacted.ask();
  }

  close() {
    super.close();
    this.#reads.close();
  }

  /**
   * @param {object} frame @param {() => Promise<any>} byHttp
   * @returns {Promise<Done>}
   */
  async #change(frame, byHttp) {
    const { socket } = this.#parts;
    try {
      return await socket.request({ ...frame, roomId: this.id });
    } catch (error) {
      if (!(error instanceof ChatError) || !UNSAID.has(error.code)) throw error;
    }
    await byHttp();
    const { messageId } = /** @type {any} */ (frame);
    if (messageId && !socket.online) await this.renew(messageId).catch(() => {}); // else its event tells
    return { seq: null };
  }

  /** @param {import('./types.js').ChatEvent} event */
  #happened({ type, seq, actorId, message, messageId = message?.id, data }) {
    if (type === 'new_message' && message) this.#typing.stopped(message.userId);
    if (actorId !== this.#parts.user()?.id || !messageId) return;
    if (type === 'reaction_added' || type === 'reaction_removed') {
      this.#reacted.told(messageId, data.emoji, type === 'reaction_added', seq);
    }
  }

  /** @param {import('./types.js').ChatEvent} event */
  #passing({ type, userId, username, readSeq }) {
    if (userId === this.#parts.user()?.id) return;
    if (type === 'typing') this.#typing.heard({ userId, username });
    if (type === 'read') this.#reads.heard(userId, readSeq);
  }
}

/** The socket did not get it through, or nobody knows whether it did. */
const UNSAID = new Set(['network', 'unauthorized']);
