/**
 * A server small enough to be scripted, and a clock that is moved by hand, for the SDK's unit tests.
 *
 * `FakeServer` is both halves of the transport that the SDK takes as constructor arguments: `fetch`
 * answers the few routes involved, `WebSocket` makes sockets whose server end the test holds. It
 * keeps one log per room and behaves as the contract says unless a test tells it otherwise. It
 * knows nothing of the SDK's inside. `FakeClock` stands in for the test runner's own, whose interface
 * differs between the versions of Node that are about. All of it runs from Node 18, as in Debian 12, on.
 */

import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto; // Node 18 has it, but not there

export const ROOM = '0190a0b0-0000-7000-8000-00000000000a';
export const ME = { id: '0190a0b0-0000-7000-8000-000000000001', username: 'ada' };
export const OTHER = { id: '0190a0b0-0000-7000-8000-000000000002', username: 'ben' };

/** Lets every promise that is ready, and those that follow from it, run. */
export async function settle() {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

/** setTimeout and clearTimeout on a time that passes only in `tick`. */
export class FakeClock {
  #now = 0;
  #id = 0;
  /** @type {Map<number, {due: number, task: Function}>} in the order of their making */
  #timers = new Map();
  #real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };

  install() {
    globalThis.setTimeout = (task, ms = 0) => {
      this.#timers.set(++this.#id, { due: this.#now + ms, task });
      return this.#id;
    };
    globalThis.clearTimeout = (id) => this.#timers.delete(id);
  }

  uninstall() {
    Object.assign(globalThis, this.#real);
  }

  /** Runs what falls due, in the order of its time. */
  tick(ms) {
    const until = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].sort(([, a], [, b]) => a.due - b.due);
      if (!next || next[1].due > until) break;
      const [id, { due, task }] = next;
      this.#timers.delete(id);
      this.#now = due;
      task();
    }
    this.#now = until;
  }
}

export class FakeServer {
  epoch = 'e1';
  log = [];
  userLog = [];
  sockets = [];
  requests = [];
  answers = []; // in place of the next messages that are asked for
  routes = {}; // further ones: 'METHOD /path' → (body, searchParams) => Response
  handlers = {}; // further operations: type → (frame, socket)
  tokens = 1;
  refusesRefresh = false;
  unanswered = new Set(); // paths whose requests wait until they are given up
  autoJoin = true;
  autoAck = true;

  /** The arguments for `new ChatSphere(…)`. */
  get parts() {
    const server = this;
    return {
      url: 'http://chat.test',
      random: () => 0.5,
      fetch: async (url, init) => server.#answer(new URL(url), init),
      WebSocket: class extends FakeSocket {
        constructor(url, protocols) {
          super(server, url, protocols);
        }
      },
    };
  }

  get socket() {
    return this.sockets.at(-1);
  }

  get lastSeq() {
    return this.log.at(-1)?.seq ?? 0;
  }

  /** Puts a message into the log and returns its event. */
  post(content, { user = OTHER, clientId = null, parentId = null } = {}) {
    const seq = this.lastSeq + 1;
    const message = {
      id: `m${seq}`, seq, rev: seq, roomId: ROOM, userId: user.id, content, clientId, user, parentId,
      replyCount: 0, reactions: {},
      createdAt: new Date(1.79e12 + seq * 1000).toISOString(),
    };
    const event = { type: 'new_message', roomId: ROOM, seq, message };
    this.log.push(event);
    return event;
  }

  /** Edits the nth message behind the scenes; its event names it and does not show it. */
  editHidden(number, content) {
    const seq = this.lastSeq + 1;
    const posted = this.log[number - 1];
    posted.message = { ...posted.message, content, rev: seq };
    const event = { type: 'message_edited', roomId: ROOM, seq, messageId: posted.message.id, targetSeq: number };
    this.log.push(event);
    return event;
  }

  async #answer({ pathname, searchParams }, { method, headers, body, signal }) {
    const sent = body ? JSON.parse(body) : null;
    this.requests.push({ method, path: pathname, token: headers.Authorization, body: sent });
    if (this.unanswered.has(pathname)) return givenUp(signal);
    if (pathname === '/auth/login') return reply(200, { ...this.#pair(), user: ME });
    if (pathname === '/auth/refresh') {
      return this.refusesRefresh ? reply(401, { code: 'unauthorized' }) : reply(200, this.#pair());
    }
    if (headers.Authorization !== `Bearer t${this.tokens}`) return reply(401, { code: 'unauthorized' });
    const route = this.routes[`${method} ${pathname}`];
    if (route) return route(sent, searchParams);
    if (pathname.endsWith('/messages')) return this.#page(searchParams);
    const one = pathname.match(/\/messages\/(\w+)$/);
    if (one) return this.answers.shift() ?? this.#message(one[1]);
    return reply(404, { code: 'not_found' });
  }

  /** One message as it is now, if it is in the log. */
  #message(id) {
    const found = this.log.map(({ message }) => message).findLast((m) => m?.id === id);
    return found ? reply(200, found) : reply(404, { code: 'message_not_found' });
  }

  #pair() {
    this.tokens++;
    return { access_token: `t${this.tokens}`, refresh_token: `r${this.tokens}`, expires_in: 900 };
  }

  #page(query) {
    const all = this.log.map(({ message }) => message).filter(Boolean);
    const { first, limit } = placeOf(query, all);
    const messages = all.slice(Math.max(0, first), first + limit);
    const links = [first > 0 && '</>; rel="prev"', first + limit < all.length && '</>; rel="next"'].filter(Boolean);
    return reply(200, messages, {
      'Chat-Epoch': this.epoch, 'Chat-Seq': String(this.lastSeq), ...(links.length > 0 && { Link: links.join(', ') }),
    });
  }
}

/** Where a page begins, at the end of the log if nothing else is said, and how long it is. */
function placeOf(query, all) {
  const limit = Number(query.get('limit'));
  const from = (seq) => all.filter((message) => message.seq < seq).length;
  if (query.has('after')) return { first: from(Number(query.get('after')) + 1), limit };
  if (query.has('around')) return { first: Math.max(0, from(Number(query.get('around'))) - limit / 2), limit };
  if (query.has('at')) {
    const before = all.filter(({ createdAt }) => createdAt < query.get('at')).length;
    return { first: Math.max(0, before - limit / 2), limit };
  }
  return { first: from(Number(query.get('before') ?? Infinity)) - limit, limit };
}

/** @param {AbortSignal} signal @returns {Promise<never>} */
function givenUp(signal) {
  return new Promise((_, reject) => { signal.addEventListener('abort', () => reject(signal.reason)); });
}

class FakeSocket {
  received = [];
  open = true;

  constructor(server, url, protocols) {
    Object.assign(this, { server, url, protocols });
    server.sockets.push(this);
    queueMicrotask(() => this.onopen());
  }

  /** From the client. */
  send(text) {
    const frame = JSON.parse(text);
    this.received.push(frame);
    if (frame.type === 'auth') this.#auth(frame);
    if (frame.type === 'join' && this.server.autoJoin) this.join(frame);
    if (frame.type === 'message' && this.server.autoAck) this.store(frame);
    this.server.handlers[frame.type]?.(frame, this);
  }

  close(code, reason) {
    this.open = false;
    this.closedBy = { code, reason };
  }

  /** To the client: one frame with all these events. */
  push(...events) {
    if (this.open) this.onmessage({ data: JSON.stringify(events) });
  }

  /** The server's end, or the network's. */
  drop(code = 1006, reason = '') {
    if (!this.open) return;
    this.open = false;
    this.onclose({ code, reason });
  }

  frames(type) {
    return this.received.filter((frame) => frame.type === type);
  }

  #auth({ token, userAfter, epoch }) {
    if (token !== `t${this.server.tokens}`) return this.drop(1008, 'not authenticated');
    const { userLog } = this.server;
    const userRecovered = userAfter !== undefined && epoch === this.server.epoch;
    return this.push({
      type: 'welcome', userId: ME.id, epoch: this.server.epoch, heartbeatMs: 25000,
      userSeq: userLog.at(-1)?.useq ?? 0, userRecovered,
    }, ...(userRecovered ? userLog.filter(({ useq }) => useq > userAfter) : []));
  }

  join({ ref, roomId, after, epoch }) {
    const { server } = this;
    const recovered = after !== undefined && epoch === server.epoch && after <= server.lastSeq;
    const replay = recovered ? server.log.filter(({ seq }) => seq > after) : [];
    this.push({ type: 'ack', ref }, {
      type: 'joined', roomId, epoch: server.epoch, lastSeq: server.lastSeq, recovered,
    }, ...replay);
  }

  /** Stores a client's message once and acknowledges it; `silent` loses the answer. */
  store({ ref, content, clientId, parentId }, { silent = false } = {}) {
    const known = this.server.log.find(({ message }) => message?.clientId === clientId);
    const event = known ?? this.server.post(content, { user: ME, clientId, parentId });
    if (silent) return;
    this.push({ type: 'ack', ref, id: event.message.id, seq: event.seq, duplicate: Boolean(known) });
    if (!known) this.push(event);
  }
}

export function reply(status, body, headers = {}) {
  return new Response(JSON.stringify(body), { status, headers });
}
