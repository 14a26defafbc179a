/**
 * Message: how one message looks in a list. Draws into an element that is kept from one look to the
 * next; what may be done with it is its actions' (actions.js).
 */

import { h, icon, refill } from './dom.js';
import { reactionBar } from './reactions.js';
import { avatar, formatted, plain, timeOf } from './text.js';

/** @type {Record<string, string>} */
const STATE_TEXT = {
  sending: 'Sending…', waiting: 'Waiting to be sent…', failed: 'Not sent', sent: '', stored: '',
};
const EXCERPT = 90;
/** UTF-16 units: more than three emoji of the longest kind have. */
const JUMBO_MAX = 48;
const JUMBO = /^(?:(?:\p{RI}{2}|\p{Extended_Pictographic}[\u{FE0F}\u{1F3FB}-\u{1F3FF}]*(?:\u{200D}\p{Extended_Pictographic}[\u{FE0F}\u{1F3FB}-\u{1F3FF}]*)*) ?){1,3}$/u;

/**
 * What a message is drawn with.
 * @typedef {object} Look
 * @property {ReadonlySet<string>} own reactions
 * @property {boolean} pinned
 * @property {boolean} threaded it is shown in its thread
 * @property {import('./names.js').Mentions | null} mentions whom it names
 * @property {any} parent the root of its thread, where that is known
 */

/** Changes whenever `fillMessage` would draw something else.
 *  @param {any} row @param {Look} look */
export function signOf({ lead, state, author, message }, { own, pinned, mentions, parent }) {
  const { rev, id, editedAt, replyCount } = message;
  return [lead, state, author, rev, id, editedAt, replyCount, [...own], pinned, mentions?.sign, parent?.rev].join('|');
}

/**
 * @param {HTMLElement} li @param {any} row @param {Look} look
 * @param {import('./actions.js').Actions} actions
 */
export function fillMessage(li, row, look, actions) {
  const { lead, mine, state, author, message } = row;
  li.className = ['message', lead && 'lead', mine && 'mine', look.mentions?.own && 'named', state].filter(Boolean).join(' ');
  li.tabIndex = -1;
  const { id = '', seq = '', clientId } = message;
  Object.assign(li.dataset, { testid: 'message', state, id, seq, clientId: clientId ?? '' });
  refill(li,
    lead ? avatar(author) : h('span', { class: 'gutter' }, timeOf(row.at, { short: true })),
    h('div', { class: 'body' },
      !look.threaded && message.parentId && context(message, look.parent, actions),
      h('p', { class: lead ? 'head' : 'head sr-only' },
        h('b', { class: 'author', dir: 'auto', data: { testid: 'message-author' } }, author), lead && timeOf(row.at),
        look.mentions?.own && h('span', { class: 'sr-only' }, ' names you')),
      text(message, look),
      foot(message, look, actions),
      status(row, actions)),
    state === 'stored' && !message.deletedAt && more(),
  );
}

/** For fingers, which do not hover; the list listens. */
function more() {
  return h('button', {
    class: 'round more', type: 'button', 'aria-label': 'Actions', data: { testid: 'more' },
  }, icon('more'));
}

/** @param {any} message @param {any} parent @param {import('./actions.js').Actions} actions */
function context(message, parent, actions) {
  const about = parent ? `${parent.user?.username ?? 'Deleted account'}: ${excerpt(parent)}` : 'an earlier message';
  return h('button', {
    class: 'context', type: 'button', 'aria-label': `In reply to ${about}`, data: { testid: 'reply-to' },
    onclick: () => actions.open(message),
  }, icon('reply'), h('span', { dir: 'auto' }, about));
}

/** @param {any} message */
function excerpt({ content, deletedAt }) {
  return deletedAt ? 'Message deleted' : plain(content).slice(0, EXCERPT);
}

/** One to three emoji and nothing else: they may be large.
 *  @param {string} content */
function isEmoji(content) {
  return content.length <= JUMBO_MAX && JUMBO.test(content);
}

/** @param {any} message @param {Look} look */
function text({ content, deletedAt }, { mentions }) {
  const data = { testid: 'message-text' };
  if (deletedAt) return h('div', { class: 'text deleted', data }, 'Message deleted');
  return h('div', { class: isEmoji(content) ? 'text jumbo' : 'text', data }, ...formatted(content, mentions?.at));
}

/** @param {any} message @param {Look} look @param {import('./actions.js').Actions} actions */
function foot(message, { own, pinned, threaded }, actions) {
  const { replyCount = 0, reactions = {}, editedAt, deletedAt } = message;
  const parts = [
    pinned && h('small', { class: 'mark', data: { testid: 'pinned' } }, icon('pin'), 'Pinned'),
    editedAt && !deletedAt && h('small', { class: 'mark', data: { testid: 'edited' } }, 'Edited'),
    !deletedAt && reactionBar(reactions, own, {
      toggle: (emoji) => actions.toggle(message, emoji), people: () => actions.people(message),
    }),
    !threaded && replyCount > 0 && h('button', {
      class: 'quiet', type: 'button', data: { testid: 'replies' }, onclick: () => actions.open(message),
    }, replyCount === 1 ? '1 reply' : `${replyCount} replies`),
  ].filter(Boolean);
  return parts.length > 0 && h('div', { class: 'foot' }, ...parts);
}

/** @param {any} row @param {import('./actions.js').Actions} actions */
function status({ state, message }, actions) {
  if (!STATE_TEXT[state]) return null;
  const line = h('p', { class: 'status' }, STATE_TEXT[state]);
  if (state === 'failed') {
    line.append(
      `: ${message.error?.detail ?? 'refused'} `,
      quiet('Try again', 'retry', () => actions.retry(message)),
      quiet('Discard', 'discard', () => actions.discard(message)),
    );
  }
  return line;
}

/** @param {string} label @param {string} testid @param {() => void} onclick */
function quiet(label, testid, onclick) {
  return h('button', { class: 'quiet', type: 'button', data: { testid }, onclick }, label);
}
