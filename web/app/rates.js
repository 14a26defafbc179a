/**
 * Rates: what answers of /api/figures mean one after another. The programs tell totals, each by its own
 * clock; here they become so many a second, and durations that half and almost all stay below. Knows
 * nothing of the page.
 */

/** Points that are kept, and for how long durations and errors are counted together. */
const KEPT = 100;
const WINDOW_MS = 60_000;

/** What is a total in which program: numbers, numbers by name, durations. */
const TOTALS = ['posted', 'deliveries'];
const NAMED = ['requests', 'errors'];
const TIMES = ['requestTime', 'commitTime', 'deliveryTime'];

/** @typedef {Record<string, number>} Named */

/**
 * @typedef {object} Point how it was at one time
 * @property {number} at ms since 1970
 * @property {Record<string, number | null>} values null: not known
 * @property {Record<string, Named>} named a second, by name
 * @property {Record<string, number[]>} spent durations since the point before, in each bucket
 * @property {Named} failed errors since the point before, by code
 */

/** What has come to one program between two of its answers. */
class Source {
  /** @type {any} */
  #last = null;
  /** @type {Record<string, number>} a second */
  rates = {};
  /** @type {Record<string, Named>} a second, by name */
  named = {};
  /** @type {Record<string, number[]>} since the last one */
  spent = {};
  /** @type {Named} since the last one */
  failed = {};

  /** Nothing has come since. */
  rest() {
    this.spent = {};
    this.failed = {};
  }

  /** @param {any} figures */
  take(figures) {
    const before = this.#last;
    const seconds = (figures.atMs - (before?.atMs ?? figures.atMs)) / 1000;
    this.rest();
    if (before && seconds === 0) return; // it has not spoken since
    this.#last = figures;
    if (!before || seconds < 0) return;
    for (const name of TOTALS) if (name in figures) this.rates[name] = more(before[name], figures[name]) / seconds;
    for (const name of NAMED) if (name in figures) this.named[name] = each(before[name], figures[name], seconds);
    for (const name of TIMES) {
      if (name in figures) this.spent[name] = figures[name].in.map((/** @type {number} */ n, /** @type {number} */ i) => more(before[name].in[i], n));
    }
    this.failed = each(before.errors, figures.errors, 1);
  }
}

export class History {
  /** The newest last.
   *  @type {Point[]} */
  points = [];
  /** What the workers of each machine that answered in the last minute said last, by its name.
   *  @type {Map<string, {at: number, figures: any, source: Source}>} */
  #machines = new Map();
  /** @type {Map<string, Source>} by machine or gateway */
  #sources = new Map();
  /** @type {number[]} */
  #bounds = [];

  /** @param {any} answer of /api/figures */
  add(answer) {
    const gateways = answer.gateways.filter((/** @type {any} */ one) => !one.silent && one.figures);
    const at = Date.parse(answer.at);
    const heard = [
      ...this.#workersOf(answer.workers, at),
      ...gateways.map((/** @type {any} */ one) => this.#source(one.id, one.figures)),
    ];
    const all = gateways.map((/** @type {any} */ one) => one.figures);
    this.#bounds = answer.timeBoundsUs;
    /** @type {Point} */
    const point = {
      at,
      named: { requests: total(heard.map(({ named }) => named.requests)), sockets: total(all.map((/** @type {any} */ one) => one.sockets)) },
      spent: Object.fromEntries(TIMES.map((name) => [name, sums(heard.map(({ spent }) => spent[name]))])),
      failed: total(heard.map(({ failed }) => failed)),
      values: {},
    };
    this.points = [...this.points, point].slice(-KEPT);
    point.values = { ...gauges(answer, all, this.workers), ...this.#rates(heard), ...this.#durations() };
  }

  /** @returns {any[]} figures of the workers, a machine each */
  get workers() {
    return [...this.#machines.values()].map(({ figures }) => figures);
  }

  /** @returns {Named} errors of the last minute, by code */
  errors() {
    return total(this.#recent().map(({ failed }) => failed));
  }

  /** Of several machines one answers, now this one and now that.
   *  @param {any} figures null: they do not count @param {number} at @returns {Source[]} */
  #workersOf(figures, at) {
    for (const [host, one] of this.#machines) {
      one.source.rest();
      if (one.at <= at - WINDOW_MS) this.#machines.delete(host);
    }
    if (figures) this.#machines.set(figures.host, { at, figures, source: this.#source(`workers of ${figures.host}`, figures) });
    return [...this.#machines.values()].map(({ source }) => source);
  }

  /** @param {string} key @param {any} figures */
  #source(key, figures) {
    const source = this.#sources.get(key) ?? new Source();
    this.#sources.set(key, source);
    source.take(figures);
    return source;
  }

  /** @param {Source[]} heard @returns {Record<string, number | null>} null before there are two answers */
  #rates(heard) {
    const rate = (/** @type {string} */ name) => sumOf(heard.map(({ rates }) => rates[name]));
    const named = (/** @type {string} */ name) => sumOf(heard.map((one) => one.named[name] && sumOf(Object.values(one.named[name])) || 0));
    if (this.points.length < 2) return { messages: null, deliveries: null, requests: null, errors: null };
    return { messages: rate('posted'), deliveries: rate('deliveries'), requests: named('requests'), errors: named('errors') };
  }

  /** @returns {Record<string, number | null>} microseconds, of the last minute; null: nothing lasted */
  #durations() {
    return Object.fromEntries(TIMES.flatMap((name) => {
      const buckets = sums(this.#recent().map(({ spent }) => spent[name]));
      return [[`${name}50`, quantile(buckets, this.#bounds, 0.5)], [`${name}99`, quantile(buckets, this.#bounds, 0.99)]];
    }));
  }

  #recent() {
    const newest = this.points.at(-1)?.at ?? 0;
    return this.points.filter(({ at }) => at > newest - WINDOW_MS);
  }
}

/**
 * What this share of all stays below: within a bucket evenly spread.
 * @param {number[]} buckets
 * @param {number[]} bounds upper ones; what is above the last counts as it
 * @param {number} share 0 to 1
 * @returns {number | null} null: there is nothing
 */
export function quantile(buckets, bounds, share) {
  let rest = share * sumOf(buckets);
  if (rest === 0) return null;
  for (const [i, count] of buckets.entries()) {
    const low = bounds[i - 1] ?? 0;
    if (count >= rest) return i < bounds.length ? low + (bounds[i] - low) * (rest / count) : low;
    rest -= count;
  }
  return bounds[bounds.length - 1];
}

/** @param {any} answer @param {any[]} all of its gateways @param {any[]} workers */
function gauges({ people, database }, all, workers) {
  return {
    people: people.online + people.away + people.busy,
    sockets: sumOf(all.map(({ sockets }) => sumOf(Object.values(sockets)))),
    rooms: sumOf(all.map(({ rooms }) => rooms)),
    waiting: sumOf(all.map(({ waiting }) => waiting)),
    busy: workers.length > 0 ? sumOf(workers.map(({ busy }) => busy)) : null,
    memory: sumOf([...all, ...workers].map(({ memoryBytes }) => memoryBytes)),
    connections: database.connections,
  };
}

/** A total that has become smaller began anew.
 *  @param {number} before @param {number} after */
const more = (before, after) => Math.max(0, after - before);

/** @param {Named} before @param {Named} after @param {number} seconds @returns {Named} a second */
function each(before, after, seconds) {
  return Object.fromEntries(Object.entries(after).map(([name, n]) => [name, more(before[name] ?? 0, n) / seconds]));
}

/** @param {(number | undefined)[]} numbers @returns {number} */
const sumOf = (numbers) => numbers.reduce((/** @type {number} */ sum, n) => sum + (n ?? 0), 0);

/** @param {(Named | undefined)[]} some @returns {Named} by name, what is not 0 */
function total(some) {
  /** @type {Named} */
  const sum = {};
  for (const [name, n] of some.flatMap((one) => Object.entries(one ?? {}))) if (n > 0) sum[name] = (sum[name] ?? 0) + n;
  return sum;
}

/** @param {(number[] | undefined)[]} some @returns {number[]} place by place */
function sums(some) {
  const given = some.flatMap((one) => (one ? [one] : []));
  return Array.from({ length: Math.max(0, ...given.map((one) => one.length)) }, (_, i) => sumOf(given.map((one) => one[i])));
}
