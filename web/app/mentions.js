/**
 * Mentions: what may be a name behind an @. The same rules as the server's (src/common/mentions.c), so
 * that the page marks whom it counts, no more and no fewer. Names hold spaces and punctuation, and only a
 * list of people tells where one ends: everything that may be the name is tried, the longest first.
 *
 * Pure.
 */

/** Of one message; what stands behind them names nobody. */
const MENTIONS_MAX = 20;
/** Places where one might begin; looking there is what costs, whoever is there. */
const PLACES_MAX = 50;
/** Places where one name may end, its words, its code points. */
const TRIES_MAX = 8;
const WORDS_MAX = 4;
const NAME_MAX = 100;

/** `@room` names everybody; nobody else is reached by it, whatever he is called. */
export const EVERYBODY = 'room';

const BREAK = /^[\0-\x1f\x7f]?$/;
const MARK = /[!-/:-@[-`{-~\u0080-\u00bf\u2000-\u207f\u3000-\u303f\uff00-\uff0f]/;

/** What a code point is to a name: a part of it, punctuation that may be behind it, the space between two
 *  of its words, or something that no name holds, as the end of the text is.
 *  @param {string} point @returns {'letter' | 'mark' | 'space' | 'break'} */
function kindOf(point) {
  if (point === ' ') return 'space';
  if (BREAK.test(point)) return 'break';
  return MARK.test(point) ? 'mark' : 'letter';
}

/** A name ends where a word does, and before punctuation.
 *  @param {string} before @param {string} next kinds */
function mayEnd(before, next) {
  if (before === 'space') return false;
  return next === 'space' || next === 'break' || (next === 'mark' && before === 'letter');
}

/** Whether an @ there would be one of a mention: in the middle of a word it is an address of another kind.
 *  @param {string} text @param {number} at */
export function mayBegin(text, at) {
  return at === 0 || kindOf(text[at - 1]) !== 'letter';
}

/**
 * @param {string} text
 * @param {number} at where its @ is
 * @returns {string[]} what may be the name behind it, the longest first
 */
export function triesAt(text, at) {
  const tries = [];
  let before = mayBegin(text, at) ? 'space' : 'break'; // so an empty name is none, nor one that begins with a space
  let words = 1;
  for (let points = 0, end = at + 1; before !== 'break' && tries.length < TRIES_MAX && points <= NAME_MAX; points++) {
    const point = String.fromCodePoint(text.codePointAt(end) ?? 0);
    const next = kindOf(point);
    if (mayEnd(before, next)) tries.unshift(text.slice(at + 1, end));
    before = next === 'space' && (before === 'space' || words++ === WORDS_MAX) ? 'break' : next;
    end += point.length;
  }
  return tries;
}

/** @param {string} text @returns {string[][]} the tries of each mention, as far as the server looks */
export function mentionsIn(text) {
  const found = [];
  let places = 0;
  for (let at = text.indexOf('@'); at >= 0 && found.length < MENTIONS_MAX && places < PLACES_MAX; at = text.indexOf('@', at + 1)) {
    if (!mayBegin(text, at)) continue;
    places++;
    const tries = triesAt(text, at);
    if (tries.length > 0) found.push(tries);
  }
  return found;
}

/** Names with the same key are the same name.
 *  @param {string} name */
export const keyOf = (name) => name.normalize('NFKC').toLowerCase();

/** Whether an @ can reach somebody of this name.
 *  @param {string} name */
export function canBeNamed(name) {
  return keyOf(name) !== EVERYBODY && triesAt(`@${name}`, 0).includes(name);
}
