/**
 * ChatError: the one failure type of the SDK.
 *
 * `code` is stable and what a program compares; `detail` is a sentence for people. Errors of the
 * server carry the contract's codes; the SDK adds two of its own: `network` (no answer: the outcome
 * is unknown) and `signed_out` (there is no session to act for).
 */

/** @typedef {{code: string, detail?: string, status?: number, field?: string, retryable?: boolean,
 *             retryAfterMs?: number}} ErrorFields */

export class ChatError extends Error {
  /** @param {ErrorFields} fields */
  constructor({ code, detail, status = 0, field, retryable = false, retryAfterMs }) {
    super(detail || code);
    this.name = 'ChatError';
    this.code = code;
    this.status = status;
    this.field = field;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }

  get detail() {
    return this.message;
  }

  /** True when the same request may succeed later, unchanged. */
  get passing() {
    return this.retryable || this.code === 'network' || this.status === 429 || this.status >= 500;
  }

  /** @param {import('./types.js').ChatEvent} event an `error` that the gateway has sent */
  static frame({ code = 'error', detail, retryable, retryAfterMs, field }) {
    return new ChatError({ code, detail, retryable, retryAfterMs, field });
  }

  static network(detail = 'The server cannot be reached') {
    return new ChatError({ code: 'network', detail, retryable: true });
  }

  static signedOut(detail = 'You are signed out') {
    return new ChatError({ code: 'signed_out', detail, status: 401 });
  }
}
