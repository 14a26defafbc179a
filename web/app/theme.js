/**
 * Theme: light or dark, as the system has it unless somebody has chosen. The page is drawn after this
 * script, so that nobody sees the other one first; tabs change together. Imports nothing, to be quick.
 */

const KEY = 'chatsphere.theme';
/** The colours of the browser's own bar, as in css/base.css.
 *  @type {Record<string, string>} */
const BARS = { light: '#f3f4f9', dark: '#12131a' };

/** @typedef {'system' | 'light' | 'dark'} Theme */

/** @type {Theme} */
let chosen = 'system';

/** @returns {Theme} */
export function theme() {
  return chosen;
}

/** Changes it here and for the next time.
 *  @param {Theme} wanted */
export function setTheme(wanted) {
  apply(wanted);
  try {
    localStorage.setItem(KEY, wanted);
  } catch {
    // Site data is blocked: it lasts as long as the page.
  }
}

/** @param {string | null} wanted whatever storage says */
function apply(wanted) {
  chosen = wanted === 'light' || wanted === 'dark' ? wanted : 'system';
  document.documentElement.dataset.theme = chosen;
  const bars = /** @type {NodeListOf<HTMLMetaElement>} */ (document.querySelectorAll('meta[name="theme-color"]'));
  for (const bar of bars) bar.content = BARS[chosen] ?? BARS[bar.media.includes('dark') ? 'dark' : 'light'];
}

/** @returns {string | null} */
function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

apply(stored());
addEventListener('storage', ({ key }) => { if (key === KEY || key === null) apply(stored()); });
