/**
 * Unit tests of the slice of rows that is in the page: where it lies while rows come and go, and how it moves.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Slice } from '../../web/app/slice.js';

const row = (seq) => ({ kind: 'message', key: `m${seq}`, at: '', message: { seq } });
const day = (seq) => ({ kind: 'day', key: `dm${seq}`, at: '' });
const rows = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => row(from + i));
const shown = ({ rows: all }) => [all[0].key, all.at(-1).key];

function laid(all, where) {
  const slice = new Slice();
  slice.lay(all, where);
  return slice;
}

test('it begins at the end', () => {
  assert.deepEqual(shown(laid(rows(1, 1000))), ['m861', 'm1000']);
  assert.deepEqual(shown(laid(rows(1, 3))), ['m1', 'm3']);
  assert.deepEqual(laid([]).rows, []);
});

test('it stays at its messages when rows come before or behind them', () => {
  const slice = laid(rows(500, 1000));
  for (let i = 0; i < 5; i++) slice.up();
  assert.deepEqual(shown(slice), ['m661', 'm800']);
  slice.lay(rows(300, 1200));
  assert.deepEqual(shown(slice), ['m661', 'm800']);
  assert.deepEqual([slice.above, slice.below], [361, 400]);
});

test('at the end it grows with what is said, as long as that is not too much', () => {
  const slice = laid(rows(1, 50));
  slice.lay(rows(1, 60));
  assert.deepEqual(shown(slice), ['m1', 'm60']);
  slice.lay(rows(1, 1000));
  assert.deepEqual(shown(slice), ['m1', 'm140']);
  slice.lay(rows(1, 1000), { end: true });
  assert.deepEqual(shown(slice), ['m861', 'm1000']);
});

test('it goes to both ends and no further', () => {
  const slice = laid(rows(1, 300));
  for (let i = 0; i < 9; i++) slice.up();
  assert.deepEqual([slice.isAtStart, slice.isAtEnd, ...shown(slice)], [true, false, 'm1', 'm140']);
  for (let i = 0; i < 9; i++) slice.down();
  assert.deepEqual([slice.isAtStart, slice.isAtEnd, ...shown(slice)], [false, true, 'm161', 'm300']);
});

test('a day is in the page with the message behind it', () => {
  const all = [...rows(1, 200), day(201), ...rows(201, 340)];
  assert.deepEqual(shown(laid(all)), ['dm201', 'm340']);
});

test('it lies around a row that is looked for', () => {
  const slice = laid(rows(1, 1000));
  slice.center(slice.find(({ message }) => message.seq === 400));
  assert.deepEqual(shown(slice), ['m330', 'm469']);
  slice.center(0);
  assert.deepEqual(shown(slice), ['m1', 'm140']);
});

test('a high window has more rows', () => {
  const slice = new Slice();
  slice.fit(2000);
  slice.lay(rows(1, 1000));
  assert.ok(slice.rows.length * 27 > 4 * 2000);
});

test('what is to be kept in memory is around it, and everything new where it is near the end', () => {
  const slice = laid(rows(1, 1000));
  assert.deepEqual(slice.reach(100), [761, Infinity]);
  for (let i = 0; i < 10; i++) slice.up();
  assert.deepEqual(slice.reach(100), [361, 700]);
});

test('when its messages are gone, it is at the end', () => {
  const slice = laid(rows(1, 300));
  slice.up();
  slice.lay(rows(800, 1000));
  assert.deepEqual(shown(slice), ['m861', 'm1000']);
});
