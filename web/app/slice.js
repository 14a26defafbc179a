/**
 * Slice: which of a list's rows are in the page. A room may have ten thousand; the page has those that are
 * looked at and some on either side, and the slice moves with the reader.
 *
 * Pure. It is remembered by the keys of its first and last message, so it stays where it is while rows come
 * and go around it. Rows that are no messages (a day, the "new" line) belong to the message behind them.
 */

/** Enough for a common window. */
const LEAST = 140;
/** So many rows at a time come into the page. */
const STEP = 40;
/** No row is lower than this. */
const ROW_PX = 27;

/** @typedef {import('./timeline.js').Row} Row */

export class Slice {
  from = 0;
  to = 0;
  #most = LEAST;
  /** @type {Row[]} */
  #rows = [];
  #first = '';
  #last = '';
  /** It ended where the rows ended. */
  #whole = true;

  /** So many rows that the reader's window does not get from one edge to the other in a step.
   *  @param {number} height of the window in pixels */
  fit(height) {
    this.#most = Math.max(LEAST, Math.ceil((4 * height) / ROW_PX) + STEP);
  }

  /** The rows that are in the page. */
  get rows() {
    return this.#rows.slice(this.from, this.to);
  }

  /** How many there are. */
  get count() {
    return this.#rows.length;
  }

  /** @param {(row: Row) => boolean} is @returns {number} where the row is among all; -1 */
  find(is) {
    return this.#rows.findIndex(is);
  }

  /** The seqs of the first and the last message, with some rows more on either side; Infinity: to the end.
   *  @param {number} more @returns {[number, number]} */
  reach(more) {
    const seqs = this.#rows.slice(Math.max(0, this.from - more), this.to + more).flatMap(({ message }) => message?.seq ?? []);
    return [seqs[0] ?? 0, this.below <= more ? Infinity : seqs[seqs.length - 1] ?? Infinity];
  }

  get isAtStart() {
    return this.from === 0;
  }

  get isAtEnd() {
    return this.to === this.#rows.length;
  }

  /** Rows that are there, but not in the page: before it. */
  get above() {
    return this.from;
  }

  /** … and behind it. */
  get below() {
    return this.#rows.length - this.to;
  }

  /** Lies over other rows, at the same messages; where those are gone, or to `end`, at the end.
   *  @param {Row[]} rows @param {{end?: boolean}} where */
  lay(rows, { end = false } = {}) {
    const length = this.to - this.from;
    const from = rows.findIndex(({ key }) => key === this.#first);
    const to = rows.findIndex(({ key }) => key === this.#last) + 1;
    this.#rows = rows;
    if (end || from < 0) return this.#set(rows.length - this.#most, rows.length);
    if (this.#whole) return this.#set(from, Math.min(rows.length, Math.max(to, from + this.#most)));
    return this.#set(from, to || from + length);
  }

  /** Lies around one of the rows.
   *  @param {number} index */
  center(index) {
    const from = index - (this.#most >> 1);
    this.#set(from, Math.max(from, 0) + this.#most);
  }

  /** Moves towards the beginning. */
  up() {
    const from = Math.max(0, this.from - STEP);
    this.#set(from, Math.min(this.to, from + this.#most));
  }

  /** Moves towards the end. */
  down() {
    const to = Math.min(this.#rows.length, this.to + STEP);
    this.#set(Math.max(this.from, to - this.#most), to);
  }

  /** @param {number} from @param {number} to */
  #set(from, to) {
    const rows = this.#rows;
    this.from = Math.max(0, from);
    this.to = Math.min(rows.length, to);
    while (this.from > 0 && rows[this.from]?.kind === 'message' && rows[this.from - 1].kind !== 'message') this.from--;
    this.#whole = this.to === rows.length;
    const messages = this.rows.filter(({ kind }) => kind === 'message');
    this.#first = messages[0]?.key ?? '';
    this.#last = messages.at(-1)?.key ?? '';
  }
}
