/**
 * REST: one caller that speaks JSON and problem+json, and on top of it the routes inside a room (the
 * others are in routes.js).
 *
 * The caller knows HTTP and nothing of sessions (the session itself signs in through it). `Rest` puts
 * the access token on each request and, when the server calls it expired, renews it once and asks
 * again. No answer at all is the error `network`: whether the request took effect is unknown, so only
 * what is safe to repeat is repeated, by those who call.
 */

import { ChatError } from './error.js';

/** The server gives up on its database after 8 s; what takes twice as long is lost on the way. */
const ANSWER_MS = 16_000;

/** @typedef {{body?: object, token?: string, signal?: AbortSignal}} CallOptions */
/** @typedef {(method: string, path: string, options?: CallOptions) =>
 *            Promise<{body: any, headers: Headers}>} Call */

/**
 * @param {typeof fetch} fetchImpl
 * @param {string} baseUrl origin without a slash at the end, '' for the page's own
 * @returns {Call}
 */
export function httpCaller(fetchImpl, baseUrl) {
  return async (method, path, { body, token, signal } = {}) => {
    /** @type {Record<string, string>} */
    const headers = { Accept: 'application/json' };
    if (body) headers['Content-Type'] = 'application/json';
    if (token) headers.Authorization = `Bearer ${token}`;
    let response;
    let text;
    try {
      response = await fetchImpl(baseUrl + path, {
        method, headers, body: body && JSON.stringify(body), cache: 'no-store',
        credentials: 'omit', signal: within(signal),
      });
      text = await response.text();
    } catch {
      throw signal?.aborted ? ChatError.signedOut() : ChatError.network();
    }
    const answer = parseJson(text);
    if (!response.ok) throw problem(response, answer);
    return { body: answer, headers: response.headers };
  };
}

/**
 * The time limit and the caller's signal in one. Older browsers cannot combine them; there the limit
 * alone counts. (TypeScript 4.8 knows neither.)
 * @param {AbortSignal} [signal]
 * @returns {AbortSignal}
 */
function within(signal) {
  const { timeout, any } = /** @type {any} */ (AbortSignal);
  const limit = timeout.call(AbortSignal, ANSWER_MS);
  return (signal && any?.call(AbortSignal, [limit, signal])) || limit;
}

/** @param {string} text */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {Response} response @param {any} answer @returns {ChatError} */
function problem(response, answer) {
  const seconds = Number(response.headers.get('Retry-After'));
  return new ChatError({
    code: answer?.code ?? `http_${response.status}`,
    detail: answer?.detail ?? answer?.error ?? `The server answered ${response.status}`,
    status: response.status,
    field: answer?.field,
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined,
  });
}

export class Rest {
  #call;
  #session;

  /** @param {Call} call @param {import('./session.js').Session} session */
  constructor(call, session) {
    this.#call = call;
    this.#session = session;
  }

  /**
   * One request as the signed-in user.
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async request(method, path, body) {
    const { signal } = this.#session;
    const token = await this.#session.token();
    try {
      return await this.#call(method, path, { body, token, signal });
    } catch (error) {
      if (error.status !== 401) throw error;
      const renewed = await this.#session.renew(token);
      return this.#call(method, path, { body, token: renewed, signal });
    }
  }

  /** @param {string} roomId @param {string} id @returns {Promise<import('./types.js').Message>} */
  async message(roomId, id) {
    return (await this.request('GET', messagePath(roomId, id))).body;
  }

  /** @param {string} roomId @param {string} id @param {string} content
   *  @returns {Promise<import('./types.js').Message>} */
  async edit(roomId, id, content) {
    return (await this.request('PATCH', messagePath(roomId, id), { content })).body;
  }

  /** @param {string} roomId @param {string} id */
  async remove(roomId, id) {
    await this.request('DELETE', messagePath(roomId, id));
  }

  /** @param {'PUT' | 'DELETE'} method to give it or to take it back
   *  @param {string} roomId @param {string} id @param {string} emoji */
  async react(method, roomId, id, emoji) {
    await this.request(method, messagePath(roomId, id, `/reactions/${encodeURIComponent(emoji)}`));
  }

  /**
   * What this user has given to the messages at these places, and the position at which it was read.
   * @param {string} roomId
   * @param {number[]} seqs at most 100
   * @returns {Promise<{given: {messageId: string, emojis: string[]}[], seq: number}>}
   */
  async reacted(roomId, seqs) {
    const { body, headers } = await this.request('GET', roomPath(roomId, `/reactions/mine?seqs=${seqs.join()}`));
    return { given: body, seq: Number(headers.get('Chat-Seq')) };
  }

  /** @param {string} roomId @param {string} id @returns {Promise<import('./types.js').Reaction[]>} */
  async reactors(roomId, id) {
    return (await this.request('GET', messagePath(roomId, id, '/reactions'))).body;
  }

  /** @param {'PUT' | 'DELETE'} method @param {string} roomId @param {string} id */
  async pin(method, roomId, id) {
    await this.request(method, messagePath(roomId, id, '/pin'));
  }

  /** @param {string} roomId @returns {Promise<import('./types.js').Message[]>} the one pinned last first */
  async pins(roomId) {
    return (await this.request('GET', roomPath(roomId, '/pins'))).body;
  }

  /** @param {string} roomId @param {string} id of the message at the root
   *  @param {{after?: number, limit?: number}} range
   *  @returns {Promise<import('./types.js').Message[]>} oldest first */
  async replies(roomId, id, { after = 0, limit = 100 } = {}) {
    const query = `/replies?limit=${limit}&after=${after}`;
    return (await this.request('GET', messagePath(roomId, id, query))).body;
  }

  /** @param {string} roomId @returns {Promise<import('./types.js').Member[]>} by their ids, at most 1,000 */
  async members(roomId) {
    return (await this.request('GET', roomPath(roomId, '/users?limit=1000'))).body;
  }

  /**
   * How far everybody has read.
   * @param {string} roomId
   * @returns {Promise<{userId: string, username: string, readSeq: number}[]>}
   */
  async reads(roomId) {
    return (await this.request('GET', roomPath(roomId, '/read?limit=1000'))).body;
  }

  /** @param {string} roomId @param {number} seq */
  async markRead(roomId, seq) {
    await this.request('PUT', roomPath(roomId, '/read'), { seq });
  }

  /**
   * @param {string} roomId
   * @param {{before?: number, after?: number, around?: number, at?: string, limit?: number}} range one of
   *   before, after and around, each a seq, or at, a time; limit: 1–100
   * @returns {Promise<import('./types.js').Page>}
   */
  async history(roomId, { limit = 50, ...place } = {}) {
    const query = new URLSearchParams({ limit: String(limit) });
    for (const [name, value] of Object.entries(place)) if (value !== undefined) query.set(name, String(value));
    const { body, headers } = await this.request('GET', roomPath(roomId, `/messages?${query}`));
    const seq = headers.get('Chat-Seq');
    const links = headers.get('Link') ?? '';
    return {
      messages: body,
      epoch: headers.get('Chat-Epoch'),
      seq: seq === null ? null : Number(seq),
      hasOlder: links.includes('rel="prev"'),
      hasNewer: links.includes('rel="next"'),
    };
  }
}

/** @param {string} roomId @param {string} [rest] */
const roomPath = (roomId, rest = '') => `/api/rooms/${encodeURIComponent(roomId)}${rest}`;

/** @param {string} roomId @param {string} id */
const messagePath = (roomId, id, rest = '') => roomPath(roomId, `/messages/${encodeURIComponent(id)}${rest}`);
