/**
 * Snippet: of a message that was found, what is worth showing: the surroundings of the words, as they read
 * without their formatting, and which of it was looked for. Pure.
 *
 * The server marks the words in a piece of the text as it was written, where a cut may go through the
 * formatting; so the words are taken from there, and looked for in the whole text as it reads.
 */

import { plain } from './text.js';

/** So much is shown around a word, at most so much together, and of a message at most so many places. */
const AROUND = 70;
const MOST = 240;
const PLACES = 2;
const MARKED = /\u0002([^\u0003]*)\u0003/g;
const MARKS = /[\u0002\u0003]/g;
const LETTER = /[\p{L}\p{N}]/u;
/** Widest first, so that a word is not taken for the beginning of another one. */
const byLength = (/** @type {string} */ a, /** @type {string} */ b) => b.length - a.length;

/** @typedef {{text: string, hit: boolean}} Piece */

/**
 * @param {{content: string, snippet: string}} message
 * @returns {Piece[]} one after another they are a text
 */
export function pieces({ content, snippet }) {
  const text = plain(content.normalize('NFC'));
  const words = [...new Set([...snippet.matchAll(MARKED)].map(([, word]) => word))].sort(byLength);
  const hits = places(text, words);
  if (hits.length === 0) return [{ text: plain(snippet.replace(MARKS, '')), hit: false }];
  return ranges(text, hits).flatMap((range, number) => cut(text, hits, range, number === 0));
}

/**
 * @param {string} text @param {string[]} words
 * @returns {[number, number][]} where they stand, as whole words, in order and apart
 */
function places(text, words) {
  /** @type {[number, number][]} */
  const found = [];
  const taken = new Uint8Array(text.length); // by a wider word; looking through `found` each time would take long
  for (const word of words) {
    for (let at = text.indexOf(word); word && at >= 0; at = text.indexOf(word, at + word.length)) {
      const to = at + word.length;
      if (taken.subarray(at, to).includes(1) || !isWhole(text, at, to)) continue;
      taken.fill(1, at, to);
      found.push([at, to]);
    }
  }
  return found.sort(([a], [b]) => a - b);
}

/** @param {string} text @param {number} from @param {number} to */
function isWhole(text, from, to) {
  const before = [...text.slice(Math.max(0, from - 2), from)].pop() ?? '';
  const [after = ''] = text.slice(to, to + 2);
  return !LETTER.test(before) && !LETTER.test(after);
}

/**
 * @param {string} text @param {[number, number][]} hits
 * @returns {[number, number][]} what is shown, by whole words
 */
function ranges(text, hits) {
  /** @type {[number, number][]} */
  const all = [];
  for (const [a, b] of hits) {
    const space = text.indexOf(' ', a - AROUND);
    const from = a <= AROUND ? 0 : space >= 0 && space < a ? space + 1 : a;
    const last = text.lastIndexOf(' ', b + AROUND);
    const to = b + AROUND >= text.length ? text.length : Math.max(last, b);
    const before = all.at(-1);
    if (!before || from > before[1]) all.push([from, to]);
    else if (to - before[0] <= MOST) before[1] = Math.max(before[1], to);
  }
  return all.slice(0, PLACES);
}

/**
 * @param {string} text @param {[number, number][]} hits @param {[number, number]} range
 * @param {boolean} isFirst
 * @returns {Piece[]}
 */
function cut(text, hits, [from, to], isFirst) {
  /** @type {Piece[]} */
  const all = [{ text: isFirst && from > 0 ? '… ' : '', hit: false }];
  let at = from;
  for (const [a, b] of hits.filter((hit) => hit[0] >= from && hit[1] <= to)) {
    all.push({ text: text.slice(at, a), hit: false }, { text: text.slice(a, b), hit: true });
    at = b;
  }
  all.push({ text: text.slice(at, to) + (to < text.length ? ' … ' : ''), hit: false });
  return all.filter((piece) => piece.text);
}
