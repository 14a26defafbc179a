/**
 * Spark: a line that says how a number has moved, for the eye alone: what it shows has to be said in words
 * beside it. SVG elements, and attributes that a strict Content-Security-Policy lets pass.
 */

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 120;
const HEIGHT = 28;
/** Of the line, which is not cut at the edges. */
const MARGIN = 2;

/** @param {string} tag @param {Record<string, string>} attributes @returns {SVGElement} */
function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** @returns {{element: SVGElement, draw: (values: (number | null)[], room: number) => void}} room: for how many
 *   values there is room, of which the newest stands at the right; null leaves a gap */
export function spark() {
  const area = svg('path', { class: 'area' });
  const line = svg('path', { class: 'line' });
  const element = svg('svg', { class: 'spark', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  element.append(area, line);
  return {
    element,
    draw: (values, room) => {
      const runs = runsOf(values, room);
      line.setAttribute('d', runs.map((run) => `M${run.map(([x, y]) => `${x} ${y}`).join('L')}`).join(''));
      area.setAttribute('d', runs.map((run) => `M${run[0][0]} ${HEIGHT}L${run.map(([x, y]) => `${x} ${y}`).join('L')}L${run[run.length - 1][0]} ${HEIGHT}Z`).join(''));
    },
  };
}

/** @param {(number | null)[]} values @param {number} room @returns {[number, number][][]} points that are joined */
export function runsOf(values, room) {
  const shown = values.slice(-room);
  const top = Math.max(...shown.map((value) => value ?? 0)) || 1;
  const step = (WIDTH - 2 * MARGIN) / Math.max(1, room - 1);
  const left = WIDTH - MARGIN - step * (shown.length - 1);
  /** @type {[number, number][][]} */
  const runs = [];
  let joined = false;
  for (const [i, value] of shown.entries()) {
    if (value !== null) {
      if (!joined) runs.push([]);
      runs[runs.length - 1].push([round(left + i * step), round(HEIGHT - MARGIN - (value / top) * (HEIGHT - 2 * MARGIN))]);
    }
    joined = value !== null;
  }
  return runs.map((run) => (run.length > 1 ? run : [run[0], run[0]])); // one alone is a dot
}

/** @param {number} n */
const round = (n) => Math.round(n * 10) / 10;
