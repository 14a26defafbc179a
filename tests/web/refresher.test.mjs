/**
 * Unit tests of when lists are fetched anew. The clock is moved by hand; the page is its two events alone.
 */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { Refresher } from '../../web/app/refresher.js';
import { FakeClock, settle } from './fake.mjs';

const clock = new FakeClock();
const page = new EventTarget();
const realDate = Date.now;
let now;
/** Of each fetch that has begun, what ends it. */
let begun;
/** @type {Refresher} */
let refresher;

beforeEach(() => {
  clock.install();
  now = 1_000_000;
  Date.now = () => now;
  Object.assign(globalThis, {
    document: Object.assign(page, { hidden: false }), setInterval: () => 0, clearInterval: () => {},
    addEventListener: () => {}, removeEventListener: () => {},
  });
  begun = [];
  refresher = new Refresher(() => new Promise((resolve) => { begun.push(resolve); }));
});

afterEach(() => {
  refresher.dispose();
  clock.uninstall();
  Date.now = realDate;
});

function tick(ms) {
  now += ms;
  clock.tick(ms);
}

async function ended(promise) {
  let is = false;
  promise.then(() => { is = true; });
  await settle();
  return is;
}

test('who asks while something is fetched gets what is fetched afterwards', async () => {
  const first = refresher.now();
  const second = refresher.now();
  const third = refresher.now();
  assert.equal(begun.length, 1, 'one at a time');
  begun[0]();
  assert.deepEqual([await ended(first), await ended(second)], [true, false]);
  assert.equal(begun.length, 2, 'once for both');
  begun[1]();
  assert.deepEqual([await ended(second), await ended(third)], [true, true]);
  refresher.now();
  assert.equal(begun.length, 3);
});

test('what comes alone is heard at once, a flood now and then', async () => {
  refresher.heard();
  assert.equal(begun.length, 1);
  begun[0]();
  await settle();
  for (let i = 0; i < 10; i++) refresher.heard();
  assert.equal(begun.length, 1);
  tick(1_500);
  assert.equal(begun.length, 2);
});

test('a page that nobody sees waits until it is seen', async () => {
  page.hidden = true;
  refresher.soon();
  tick(2_000);
  assert.equal(begun.length, 0);
  page.hidden = false;
  page.dispatchEvent(new Event('visibilitychange'));
  assert.equal(begun.length, 1);
});
