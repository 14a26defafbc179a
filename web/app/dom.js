/**
 * Building and updating DOM, without markup in strings.
 *
 * `h` makes an element; text only ever becomes a text node, so what users write cannot become
 * markup. `reconcile` brings a list's children in line with an array of keyed items and touches only
 * what differs: a screen reader announces what is new, and focus, selection and scroll stay.
 */

const SVG = 'http://www.w3.org/2000/svg';

/** 20 × 20 outlines, drawn with the text colour. */
const ICONS = {
  plus: 'M10 4v12M4 10h12',
  back: 'M12 4l-6 6 6 6',
  people: 'M7.5 9a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM2 16.5c0-3 2.5-5 5.5-5s5.5 2 5.5 5'
    + 'M13 3.6a2.8 2.8 0 0 1 0 5.2M15 11.9c1.9.8 3 2.4 3 4.6',
  exit: 'M8 3.5H4.5v13H8M12.5 6.5L16 10l-3.5 3.5M16 10H7.5',
  send: 'M3.5 10L16.5 4l-4 12.5-3-5.5z',
  lock: 'M5 9.5h10v7H5zM7 9.5V7a3 3 0 0 1 6 0v2.5',
  down: 'M10 4v12M5 11l5 5 5-5',
  close: 'M5 5l10 10M15 5L5 15',
  smile: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM7.6 8v.6M12.4 8v.6M7 11.8c1.4 2 4.6 2 6 0',
  reply: 'M8 5L3.5 9.5 8 14M4 9.5h7.5c3 0 5 2 5 5.5',
  pencil: 'M4 16l.8-3.6 8.4-8.4 2.8 2.8-8.4 8.4zM11.6 5.6l2.8 2.8',
  pin: 'M7 3.5h6M8 3.5v5l-2.5 3h9L12 8.5v-5M10 11.5v5',
  bin: 'M4 5.5h12M8 5.5v-2h4v2M5.5 5.5l.8 11h7.4l.8-11M8.5 8.5v5M11.5 8.5v5',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l4 4',
  chat: 'M3.5 4.5h13v9H10L6 17v-3.5H3.5z',
  sliders: 'M3 6.5h7M14 6.5h3M3 13.5h3M10 13.5h7M12 8.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM8 15.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  shield: 'M10 3l5.5 2v4.5c0 3.5-2.3 6-5.5 7.5-3.2-1.5-5.5-4-5.5-7.5V5zM7.5 10l1.8 1.8 3.2-3.4',
  flag: 'M5 17V3.5M5 4h9.5l-2 3.5 2 3.5H5',
  calendar: 'M4 5.5h12v11H4zM4 9h12M7 3.5v3M13 3.5v3',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
};

/**
 * @param {string} tag
 * @param {Record<string, any>} [props] on… functions listen, `data` fills the dataset, booleans
 *   set or leave out the attribute, the rest are attributes
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any} the element
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (name === 'data') Object.assign(element.dataset, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  refill(element, ...children);
  return element;
}

/**
 * Replaces an element's content.
 * @param {Element} element
 * @param {...(Node | string | null | undefined | false)} children what is not there is left out
 */
export function refill(element, ...children) {
  const present = children.filter((child) => child instanceof Node || typeof child === 'string');
  element.replaceChildren(.../** @type {(Node | string)[]} */ (present));
}

/** @param {keyof typeof ICONS} name @returns {SVGElement} decoration: the button has the label */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * @typedef {object} Item
 * @property {string} key unique in its list
 * @property {string} sign changes whenever `fill` would draw something else
 * @property {(element: HTMLElement) => void} fill draws into an element that may have old content
 */

/** @type {WeakMap<Element, Map<string, {element: HTMLElement, sign: string}>>} */
const lists = new WeakMap();

/** @param {Element} list whose children are all made here @param {Item[]} items */
export function reconcile(list, items) {
  const known = lists.get(list) ?? new Map();
  const wanted = new Set(items.map(({ key }) => key));
  for (const [key, { element }] of known) if (!wanted.has(key)) element.remove();
  const kept = new Map();
  let next = list.firstChild;
  for (const { key, sign, fill } of items) {
    const held = known.get(key);
    const element = held?.element ?? document.createElement('li');
    if (held?.sign !== sign) fill(element);
    if (next && element === next) next = next.nextSibling;
    else list.insertBefore(element, next);
    kept.set(key, { element, sign });
  }
  lists.set(list, kept);
}

/**
 * Calls `task` once after any number of calls in the same turn. A microtask and not a frame: a page
 * in the background gets no frames, but has to be right when it is looked at.
 * @param {() => void} task
 */
export function batched(task) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      task();
    });
  };
}
