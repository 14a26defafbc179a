/**
 * Viewport: the window onto a list that scrolls. It keeps to the end while the reader is there, and what he
 * looks at in its place when he is not (anchor.js); it tells a reader who scrolls from a page laid out anew.
 */

import { Anchor } from './anchor.js';

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
