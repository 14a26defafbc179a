/**
 * Figures: how the server is doing, for administrators. Asked for every few seconds while it is shown, and
 * only then. Tables, so that they can be read by whoever cannot see the lines.
 */

import { h, refill } from './dom.js';
import { sentence } from './forms.js';
import { History } from './rates.js';
import { spark } from './spark.js';

const EVERY_MS = 3_000;
/** Points that a line has room for at least: a minute. It grows with those that are kept. */
const ROOM = 20;
const MOST_ERRORS = 8;

const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 2 });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** @typedef {import('./rates.js').Point} Point */
/** @typedef {(value: number) => string} Writer */

/** @type {Writer} */
const count = (n) => number.format(n);
/** @type {Writer} */
const perSecond = (n) => `${n > 0 && n < 1 ? exact.format(n) : number.format(n)}/s`;
/** @type {Writer} */
const bytes = (n) => `${number.format(n / 1_048_576)} MB`;
/** @type {Writer} */
const time = (us) => (us < 1_000_000 ? `${us < 10_000 ? exact.format(us / 1000) : Math.round(us / 1000)} ms` : `${exact.format(us / 1_000_000)} s`);

/** Label, the point's value that the line shows, how it is written; a second value before it.
 *  @type {{label: string, value: string, write: Writer, before?: string, of?: string}[]} */
const ROWS = [
  { label: 'People online', value: 'people', write: count },
  { label: 'Sockets', value: 'sockets', write: count },
  { label: 'Rooms that are heard', value: 'rooms', write: count },
  { label: 'Messages', value: 'messages', write: perSecond },
  { label: 'Deliveries', value: 'deliveries', write: perSecond },
  { label: 'Commit of a batch', value: 'commitTime99', before: 'commitTime50', write: time },
  { label: 'Delivery', value: 'deliveryTime99', before: 'deliveryTime50', write: time },
  { label: 'Requests', value: 'requests', write: perSecond },
  { label: 'Answer to a request', value: 'requestTime99', before: 'requestTime50', write: time },
  { label: 'Errors', value: 'errors', write: perSecond },
  { label: 'Workers busy', value: 'busy', write: count },
  { label: 'Connections to the database', value: 'connections', write: count },
  { label: 'Memory of all programs', value: 'memory', write: bytes },
];

/** @param {import('../chatsphere.js').ChatSphere} chat of an administrator */
export async function figuresView(chat) {
  const history = new History();
  const note = h('p', { class: 'muted', data: { testid: 'figures-at' } });
  const error = h('p', { class: 'error', role: 'alert', data: { testid: 'figures-error' } });
  const lines = ROWS.map(rowOf);
  const details = h('div', { class: 'stack' });
  const element = h('div', { class: 'stack figures', data: { testid: 'figures' } }, note, error,
    table('Now, and in the last minutes', ['Figure', 'Now', 'Lately'], lines.map(({ element: row }) => row)), details);

  const ask = async () => {
    const answer = (await chat.request('GET', '/api/figures')).body;
    history.add(answer);
    for (const { draw } of lines) draw(history.points);
    refill(details, ...detailsOf(answer, history));
    note.textContent = `As of ${clock.format(new Date(answer.at))}, every ${EVERY_MS / 1000} seconds. `
      + 'Of durations, what half and 99 % stay below, in the last minute.';
  };
  const again = async () => {
    if (!element.isConnected) return;
    if (!document.hidden) {
      await ask().then(() => { error.textContent = ''; }, (reason) => { error.textContent = sentence(reason.message); });
    }
    setTimeout(again, EVERY_MS);
  };
  await ask();
  setTimeout(again, EVERY_MS);
  return element;
}

/** @param {(typeof ROWS)[number]} row */
function rowOf({ label, value, before, write }) {
  const { element: line, draw } = spark();
  const now = h('td', { data: { testid: 'figure', figure: value } });
  const words = h('span', { class: 'sr-only' });
  const text = (/** @type {number | null} */ n) => (n === null ? '–' : write(n));
  return {
    element: h('tr', {}, h('th', { scope: 'row' }, label), now, h('td', { class: 'trend' }, line, words)),
    /** @param {Point[]} points */
    draw: (points) => {
      const newest = points[points.length - 1].values;
      const known = points.flatMap(({ values }) => values[value] ?? []);
      now.textContent = before && newest[before] !== null ? `${text(newest[before])} · ${text(newest[value])}` : text(newest[value]);
      words.textContent = known.length ? `between ${write(Math.min(...known))} and ${write(Math.max(...known))}` : '';
      draw(points.map(({ values }) => values[value]), Math.max(ROOM, points.length));
    },
  };
}

/**
 * @param {any} answer
 * @param {History} history
 * @returns {HTMLElement[]}
 */
function detailsOf(answer, history) {
  const { named } = history.points[history.points.length - 1];
  const { database, gateways } = answer;
  const programs = database.programs.map((/** @type {any} */ one) => (
    /** @type {const} */ ([one.name || 'without a name', `${count(one.connections)}, ${count(one.active)} active`])));
  const errors = Object.entries(history.errors()).sort(([, a], [, b]) => b - a).slice(0, MOST_ERRORS);
  return [
    table('Gateways', ['Gateway', 'State', 'Sockets', 'Memory'], gateways.map(gatewayOf), 'There is none.'),
    h('div', { class: 'few' },
      pairs('Sockets by dialect', Object.entries(named.sockets).map(([name, n]) => [name, count(n)])),
      pairs('Requests by status', Object.entries(named.requests).sort().map(([name, n]) => [name, perSecond(n)])),
      pairs('Errors in the last minute', errors.map(([code, n]) => [code.replaceAll('_', ' '), count(n)])),
      pairs(`Database: ${count(database.connections)} of at most ${count(database.maxConnections)} connections`, programs),
      ...history.workers.map(({ host, count: all, busy, memoryBytes }) => (
        pairs(`Workers of ${host}`, [['running', count(all)], ['busy', count(busy)], ['memory', bytes(memoryBytes)]])))),
  ];
}

/** @param {any} gateway */
function gatewayOf({ id, silent, figures }) {
  const state = stateOf(silent, figures);
  const sockets = figures ? Object.values(figures.sockets).reduce((sum, n) => sum + n, 0) : 0;
  return h('tr', { data: { testid: 'gateway', id, state } },
    h('th', { scope: 'row' }, figures?.host ?? `…${id.slice(-12)}`, figures && h('small', { class: 'muted' }, figures.listen)),
    h('td', {}, h('span', { class: state === 'running' ? 'tag' : 'tag bad' }, state)),
    h('td', {}, silent || !figures ? '–' : count(sockets)), h('td', {}, silent || !figures ? '–' : bytes(figures.memoryBytes)));
}

/** @param {boolean} silent @param {any} figures */
function stateOf(silent, figures) {
  if (silent) return 'silent';
  if (figures?.draining) return 'draining';
  return figures && !figures.listening ? 'no bells' : 'running';
}

/** @param {string} caption @param {(readonly [string, string])[]} rows */
function pairs(caption, rows) {
  return table(caption, [], rows.map(([name, text]) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, text))), 'None.');
}

/**
 * @param {string} caption
 * @param {string[]} columns their heads; none: they say nothing that the rows do not
 * @param {HTMLElement[]} rows
 * @param {string} [empty] said when there are none
 */
function table(caption, columns, rows, empty = '') {
  const heads = columns.length > 0 && h('thead', {}, h('tr', {}, ...columns.map((text) => h('th', { scope: 'col' }, text))));
  const none = rows.length === 0 && h('tr', {}, h('td', { class: 'muted' }, empty));
  return h('table', {}, h('caption', {}, caption), heads, h('tbody', {}, ...rows, none));
}
