/**
 * Unit tests of what the page makes of two answers of /api/figures: rates by the programs' own clocks,
 * durations that a share stays below, and the line that is drawn of them.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { History, quantile } from '../../web/app/rates.js';
import { runsOf } from '../../web/app/spark.js';

const BOUNDS = [100, 1000, 10_000];
const none = { in: [0, 0, 0, 0], sum: 0 };
const worker = (more) => ({
  host: 'one', atMs: 0, count: 4, busy: 1, requests: {}, requestTime: none, posted: 0, errors: {}, memoryBytes: 10, ...more,
});
const gateway = (id, more, silent = false) => ({
  id, silent, figures: {
    atMs: 0, sockets: {}, rooms: 0, waiting: 0, posted: 0, deliveries: 0, errors: {}, commitTime: none, deliveryTime: none, memoryBytes: 5, ...more,
  },
});
const answer = (second, workers, gateways = []) => ({
  at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(), timeBoundsUs: BOUNDS, workers, gateways,
  people: { online: 2, away: 1, busy: 0 }, database: { connections: 7, maxConnections: 100, programs: [] },
});

function after(...answers) {
  const history = new History();
  for (const one of answers) history.add(one);
  return history;
}
const last = (history) => history.points.at(-1);

test('one answer has gauges and no rates', () => {
  const { values, named } = last(after(answer(0, worker({ posted: 9 }), [gateway('a', { sockets: { native: 2, text: 1 } })])));
  assert.deepEqual([values.people, values.sockets, values.memory, values.connections], [3, 3, 15, 7]);
  assert.deepEqual([values.messages, values.requests, values.errors, values.commitTime99], [null, null, null, null]);
  assert.deepEqual(named.sockets, { native: 2, text: 1 });
});

test('rates go by each program\'s own clock and are added up', () => {
  const { values, named } = last(after(
    answer(0, worker({ posted: 10, requests: { '2xx': 5 } }), [gateway('a', { atMs: 1000, posted: 4 }), gateway('b', { deliveries: 50 })]),
    answer(3, worker({ atMs: 2000, posted: 14, requests: { '2xx': 25, '4xx': 2 }, errors: { not_found: 2 } }),
      [gateway('a', { atMs: 5000, posted: 12 }), gateway('b', { atMs: 1000, deliveries: 80, errors: { bad_json: 3 } })]),
  ));
  assert.deepEqual([values.messages, values.deliveries, values.requests, values.errors], [2 + 2, 30, 11, 1 + 3]);
  assert.deepEqual(named.requests, { '2xx': 10, '4xx': 1 });
});

test('who has not spoken again keeps his rate, and his durations are not counted twice', () => {
  const spoken = gateway('a', { atMs: 2000, posted: 8, commitTime: { in: [0, 4, 0, 0], sum: 9 } });
  const history = after(answer(0, null, [gateway('a', {})]), answer(3, null, [spoken]), answer(6, null, [spoken]));
  assert.equal(last(history).values.messages, 4);
  assert.deepEqual(last(history).spent.commitTime, []);
  assert.deepEqual(history.points.map(({ spent }) => spent.commitTime), [[], [0, 4, 0, 0], []]);
});

test('a silent gateway counts no more, a new one has no past, a total that began anew is no loss', () => {
  const history = after(
    answer(0, worker({ posted: 1000 }), [gateway('a', { posted: 100, sockets: { native: 5 } })]),
    answer(3, worker({ atMs: 1000, posted: 2 }), [gateway('a', { atMs: 1000, posted: 900, sockets: { native: 5 } }, true), gateway('b', { posted: 70 })]),
  );
  assert.equal(last(history).values.messages, 0);
  assert.equal(last(history).values.sockets, 0);
});

test('several machines answer in turn, and count together as long as they are heard', () => {
  const one = (atMs, posted) => worker({ atMs, posted, errors: { not_found: posted } });
  const other = (atMs, posted) => worker({ host: 'two', atMs, posted, busy: 2 });
  const history = after(answer(0, one(0, 0)), answer(3, other(9000, 0)), answer(6, one(6000, 12)), answer(9, other(15_000, 6)));
  assert.equal(last(history).values.messages, 2 + 1);
  assert.deepEqual([last(history).values.busy, last(history).values.memory], [3, 20]);
  assert.deepEqual(history.errors(), { not_found: 12 }, 'once');
  assert.deepEqual(history.workers.map(({ host }) => host), ['one', 'two']);
  history.add(answer(67, other(73_000, 6)));
  assert.deepEqual(history.workers.map(({ host }) => host), ['two']);
  assert.equal(last(history).values.messages, 0);
});

test('durations and errors are those of the last minute', () => {
  const history = after(
    answer(0, worker({})),
    answer(3, worker({ atMs: 3000, requestTime: { in: [0, 0, 9, 0], sum: 0 }, errors: { not_found: 3 } })),
    answer(6, worker({ atMs: 6000, requestTime: { in: [0, 10, 9, 0], sum: 0 }, errors: { not_found: 4, forbidden: 1 } })),
  );
  assert.ok(last(history).values.requestTime99 > 1000);
  assert.deepEqual(history.errors(), { not_found: 4, forbidden: 1 });
  history.add(answer(64, worker({ atMs: 64_000, requestTime: { in: [0, 20, 9, 0], sum: 0 }, errors: { not_found: 4, forbidden: 1 } })));
  assert.ok(last(history).values.requestTime99 <= 1000, 'the slow ones are long ago');
  assert.deepEqual(history.errors(), { not_found: 1, forbidden: 1 });
});

test('a quantile lies within its bucket', () => {
  assert.equal(quantile([0, 0, 0, 0], BOUNDS, 0.5), null);
  assert.equal(quantile([10, 0, 0, 0], BOUNDS, 0.5), 50);
  assert.equal(quantile([5, 5, 0, 0], BOUNDS, 0.5), 100);
  assert.equal(quantile([0, 10, 0, 0], BOUNDS, 1), 1000);
  assert.equal(quantile([0, 0, 0, 3], BOUNDS, 0.99), 10_000);
});

test('a line has gaps where nothing is known, ends at the right, and begins at its zero', () => {
  assert.deepEqual(runsOf([], 5), []);
  assert.deepEqual(runsOf([null, null], 5), []);
  assert.deepEqual(runsOf([0, null, 4, 2], 3), [[[60, 2], [118, 14]]]);
  assert.deepEqual(runsOf([7], 3), [[[118, 2], [118, 2]]]);
  assert.deepEqual(runsOf([0, 0], 2), [[[2, 26], [118, 26]]]);
});

test('so many points are kept', () => {
  const history = new History();
  for (let n = 0; n < 150; n++) history.add(answer(n, worker({ atMs: n * 1000 })));
  assert.equal(history.points.length, 100);
});
