/**
 * Viewport: the window onto a list that scrolls. It keeps to the end while the reader is there, and what he
 * looks at in its place when he is not; it tells a reader who scrolls from a page laid out anew.
 */

/** Closer to the end than this counts as being there. */
const NEAR_PX = 80;

export class Viewport {
  /** The reader is at the end, and stays there. */
  stick = true;
  #scroll;
  #anchor;
  /** Width and height at the last look. */
  #size = '';
  #resized;

  /**
   * @param {HTMLElement} scroll @param {HTMLElement} list inside
   * @param {{scrolled: () => void, resized: () => void}} then resized: it has another size
   */
  constructor(scroll, list, { scrolled, resized }) {
    this.#scroll = scroll;
    this.#anchor = new Anchor(scroll, list);
    this.#resized = resized;
    scroll.addEventListener('scroll', () => {
      if (this.#isOther()) return;
      this.#anchor.hold();
      scrolled();
    });
    const sizes = new ResizeObserver(() => {
      if (this.#isOther()) return;
      if (this.isStale) this.#anchor.hold();
      else this.settle();
    });
    sizes.observe(scroll);
    sizes.observe(list);
  }

  get height() {
    return this.#scroll.clientHeight;
  }

  /** Pixels that are out of sight: before what is seen … */
  get above() {
    return this.#scroll.scrollTop;
  }

  /** … and behind it. */
  get below() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    return scrollHeight - scrollTop - clientHeight;
  }

  get isNearEnd() {
    return this.below < NEAR_PX;
  }

  /** There is nothing, or hardly anything, to scroll. */
  get isShort() {
    return this.height > 0 && this.above + this.below < 2 * NEAR_PX;
  }

  /** Somebody may see it. */
  get isShown() {
    return this.height > 0 && /** @type {any} */ (this.#scroll).checkVisibility({ visibilityProperty: true });
  }

  /** The reader has scrolled, and the event is still to come. */
  get isStale() {
    return this.#anchor.isStale;
  }

  /** Draws; afterwards the reader is where he was.
   *  @param {() => void} draw */
  steady(draw) {
    this.#anchor.renew();
    draw();
    this.settle();
    this.#anchor.hold();
  }

  /** The height of what is inside has changed, not the reader's place. */
  settle() {
    if (this.stick) this.#scroll.scrollTop = this.#scroll.scrollHeight;
    else this.#anchor.restore();
  }

  /** @param {HTMLElement} element inside @returns {number} how far below the upper edge it begins */
  topOf(element) {
    return element.getBoundingClientRect().top - this.#scroll.getBoundingClientRect().top;
  }

  /** @param {number} px downwards */
  by(px) {
    this.#scroll.scrollTop += px;
    this.#anchor.hold();
  }

  #isOther() {
    const size = `${this.#scroll.clientWidth}x${this.height}`;
    if (size === this.#size) return false;
    this.#size = size;
    this.settle();
    this.#resized();
    return true;
  }
}

/** What the reader looks at, and where on the screen it is, while the list around it changes: rows that come or go
 *  above, a message that is edited or gets a reaction, a font that is late. */
class Anchor {
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
