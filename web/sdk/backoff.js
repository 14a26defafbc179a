/**
 * When to try again: exponential back-off with full jitter, never before the server's own hint.
 *
 * Full jitter (a uniform draw below the growing cap) spreads a crowd that was cut off at the same
 * moment evenly; a hint is a lower bound, so jitter is added to it and not taken from it.
 */

export const BACKOFF_MIN_MS = 200;
export const BACKOFF_MAX_MS = 10_000;

/** A hint beyond this is a mistake, not a wish. */
const HINT_MAX_MS = 300_000;

/**
 * @param {number} attempt failures so far, from 0
 * @param {{random?: () => number, hintMs?: number}} options random draws from [0, 1)
 * @returns {number} milliseconds to wait
 */
export function backoffMs(attempt, { random = Math.random, hintMs = 0 } = {}) {
  const cap = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(attempt, 16));
  return Math.round(Math.min(hintMs, HINT_MAX_MS) + random() * cap);
}

/**
 * The hint in a close reason of the form `retry after 1500 ms`.
 * @param {string} reason
 * @returns {number} milliseconds, 0 without a hint
 */
export function retryHint(reason) {
  const match = /retry after (\d{1,9}) ms/.exec(reason ?? '');
  return match ? Number(match[1]) : 0;
}

/** @param {number} ms @returns {Promise<void>} */
export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
