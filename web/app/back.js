/**
 * Back: what the browser's Back does where the page is narrow. There a thread or a dialog covers the room, and the
 * room covers the list of rooms; so Back takes away the uppermost: each of them has an entry of the history.
 *
 * An entry says how many are below it (`depth`), and which cover it stands for (`layer`). A cover that was
 * closed otherwise may leave its entry behind; Back goes on over that. Fetched where the page is narrow.
 */

const NARROW = '(max-width: 719px)';

/** The covers that are there, the uppermost last.
 *  @type {{layer: string, close: () => void}[]} */
const covers = [];
let depth = 0;

/** The page has been opened, or another address: to be called before it is looked at. */
export function entered() {
  const { state } = history;
  if (state === null && depth === 0 && location.hash && matchMedia(NARROW).matches) beneath();
  if (state?.layer && covers.length === 0) history.back(); // what covered the room was not kept over a reload
  depth = history.state?.depth ?? depth + 1;
  if (!location.hash) depth = 0;
  if (history.state?.depth !== depth) history.replaceState({ ...history.state, depth }, '');
}

/** Back to the list of rooms. */
export function toList() {
  if (depth > 0 && matchMedia(NARROW).matches) history.go(-depth);
  else location.hash = '';
}

/**
 * Something covers the room.
 * @param {() => void} close takes it away
 * @returns {() => void} to be called when it is gone, whoever closed it
 */
export function cover(close) {
  if (!matchMedia(NARROW).matches) return () => {};
  const layer = crypto.randomUUID?.() ?? `${Math.random()}`;
  covers.push({ layer, close });
  depth++;
  history.pushState({ layer, depth }, '');
  return () => {
    const at = covers.findIndex((one) => one.layer === layer);
    if (at < 0) return; // Back has closed it
    covers.splice(at, 1);
    if (history.state?.layer === layer) history.back();
  };
}

/** Whoever begins with a room has the list below it. */
function beneath() {
  const { href } = location;
  history.replaceState({ depth: 0 }, '', location.pathname);
  history.pushState({ depth: 1 }, '', href);
}

addEventListener('popstate', ({ state }) => {
  depth = state?.depth ?? depth;
  const at = covers.findIndex(({ layer }) => layer === state?.layer);
  for (const { close } of covers.splice(at + 1).reverse()) close();
  if (state?.layer && at < 0) history.back();
});
