/**
 * Anchor: keeps what the reader looks at where it is on the screen while the list around it changes: rows that
 * come or go above, a message that is edited or gets a reaction, a font that is late.
 */

export class Anchor {
  #scroll;
  #list;
  /** What can be seen, and where.
   *  @type {[Element, number][]} */
  #held = [];
  /** Where the list was scrolled to, then. */
  #at = -1;

  /** @param {HTMLElement} scroll @param {HTMLElement} list inside, whose children are in a column */
  constructor(scroll, list) {
    this.#scroll = scroll;
    this.#list = list;
  }

  /** Notes what is seen now: first what is not near the top, where a list's first row may change. */
  hold() {
    const { top, bottom } = this.#scroll.getBoundingClientRect();
    const { children } = this.#list;
    this.#at = this.#scroll.scrollTop;
    const upper = [];
    this.#held = [];
    for (let i = firstBelow(children, top); i < children.length; i++) {
      const box = children[i].getBoundingClientRect();
      if (box.top >= bottom) break;
      const place = /** @type {[Element, number]} */ ([children[i], box.top - top]);
      if (box.top - top < (bottom - top) / 3) upper.unshift(place);
      else this.#held.push(place);
    }
    this.#held.push(...upper);
  }

  /** Has the reader scrolled since? */
  get isStale() {
    return this.#scroll.scrollTop !== this.#at;
  }

  /** Notes it anew, if he has. */
  renew() {
    if (this.isStale) this.hold();
  }

  /** Brings the first of it that is still there back to its place. */
  restore() {
    const [element, offset] = this.#held.find(([one]) => one.parentNode === this.#list) ?? [];
    if (!element || offset === undefined) return;
    const moved = element.getBoundingClientRect().top - this.#scroll.getBoundingClientRect().top - offset;
    if (Math.abs(moved) >= 1) this.#scroll.scrollTop += moved;
    this.#at = this.#scroll.scrollTop;
  }
}

/** Index of the first child that ends below a line; they are in order.
 *  @param {HTMLCollection} children @param {number} line */
function firstBelow(children, line) {
  let [low, high] = [0, children.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (children[middle].getBoundingClientRect().bottom <= line) low = middle + 1;
    else high = middle;
  }
  return low;
}
