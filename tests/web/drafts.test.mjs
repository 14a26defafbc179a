/**
 * Unit tests of drafts: whose they are, how long they last, and how many there may be.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Drafts } from '../../web/app/drafts.js';
import { MemoryStorage } from '../../web/sdk/storage.js';

test('a draft is there again for the same person, and is gone when it is emptied', () => {
  const storage = new MemoryStorage();
  const drafts = new Drafts('ada', storage);
  drafts.put('kitchen', 'so\nfar ');
  drafts.put('garden', ' \n');
  assert.equal(new Drafts('ada', storage).get('kitchen'), 'so\nfar ');
  assert.equal(storage.length, 1);
  drafts.put('kitchen', '');
  assert.equal(storage.length, 0);
  assert.equal(drafts.get('kitchen'), '');
});

test('two tabs do not overwrite each other\'s', () => {
  const storage = new MemoryStorage();
  const [one, two] = [new Drafts('ada', storage), new Drafts('ada', storage)];
  one.put('kitchen', 'a');
  two.put('garden', 'b');
  assert.deepEqual([one.get('garden'), two.get('kitchen')], ['b', 'a']);
});

test('at the end of the session none is left, whichever tab made it, and none comes any more', () => {
  const storage = new MemoryStorage();
  storage.setItem('theme', 'dark');
  const drafts = new Drafts('ada', storage);
  drafts.put('kitchen', 'a');
  new Drafts('ada', storage).put('garden', 'b');
  drafts.end();
  drafts.put('kitchen', 'a');
  assert.equal(storage.length, 1);
});

test('somebody else who signs in finds none, and neither does the first one then', () => {
  const storage = new MemoryStorage();
  new Drafts('ada', storage).put('kitchen', 'a');
  assert.equal(new Drafts('ben', storage).get('kitchen'), '');
  assert.equal(storage.length, 0);
});

test('the oldest goes when there are too many', (t) => {
  const storage = new MemoryStorage();
  const drafts = new Drafts('ada', storage);
  const real = Date.now;
  t.after(() => { Date.now = real; });
  for (let i = 0; i < 40; i++) {
    Date.now = () => i;
    drafts.put(`room ${i}`, 'x');
    drafts.put('room 3', `still ${i}`);
  }
  assert.equal(storage.length, 30);
  assert.equal(drafts.get('room 3'), 'still 39');
  assert.equal(drafts.get('room 4'), '');
  assert.equal(drafts.get('room 39'), 'x');
});

test('what the storage does not take lasts as long as the page; nonsense in it is no draft', () => {
  const storage = new MemoryStorage();
  const drafts = new Drafts('ada', storage);
  const huge = 'x'.repeat(20_000);
  drafts.put('kitchen', huge);
  assert.equal(drafts.get('kitchen'), huge);
  assert.equal(storage.length, 0);
  storage.setItem = () => { throw new Error('full'); };
  drafts.put('garden', 'a');
  assert.equal(drafts.get('garden'), 'a');
  drafts.put('garden', '');
  assert.equal(drafts.get('garden'), '');
  MemoryStorage.prototype.setItem.call(storage, 'chatsphere.draft.ada.x', 'null');
  MemoryStorage.prototype.setItem.call(storage, 'chatsphere.draft.ada.y', '{"text":7}');
  assert.deepEqual(['x', 'y'].map((place) => drafts.get(place)), ['', '']);
});
