/**
 * Unit tests of how the page lines messages up: days, groups, and the key that carries a pending
 * message over to its place in the log.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { timeline } from '../../web/app/timeline.js';

const ME = { id: 'me', username: 'ada' };
const at = (day, minute) => new Date(2026, 10, day, 12, minute).toISOString();
const message = (id, userId, createdAt, more = {}) => ({
  id, userId, createdAt, content: id, user: { username: userId }, ...more,
});
const pending = (clientId, createdAt) => ({ clientId, createdAt, content: clientId, state: 'sending' });
const shape = (rows) => rows.map(({ kind, lead }) => (kind === 'day' ? 'day' : lead ? 'lead' : 'more'));

test('each day begins with a separator and a lead', () => {
  const times = [at(1, 0), at(1, 1), at(2, 0)];
  const rows = timeline(times.map((time, i) => message(`${i}`, 'ben', time)), [], ME);
  assert.deepEqual(shape(rows), ['day', 'lead', 'more', 'day', 'lead']);
});

test('another author or a pause begins a group', () => {
  const ben = message('1', 'ben', at(1, 0));
  const eve = [message('2', 'eve', at(1, 1)), message('3', 'eve', at(1, 9))];
  const rows = timeline([ben, ...eve], [], ME);
  assert.deepEqual(shape(rows), ['day', 'lead', 'lead', 'lead']);
});

test('what is said in a thread is a group of its own', () => {
  const more = [{}, { parentId: '0' }, { parentId: '0' }, {}];
  const rows = timeline(more.map((fields, i) => message(`${i}`, 'ben', at(1, i), fields)), [], ME);
  assert.deepEqual(shape(rows), ['day', 'lead', 'lead', 'more', 'lead']);
});

test('a pending message keeps its key when the log shows it', () => {
  const [, before] = timeline([], [pending('c1', at(1, 0))], ME);
  const [, after] = timeline([message('1', 'me', at(1, 0), { clientId: 'c1' })], [], ME);
  assert.equal(before.key, after.key);
  assert.notEqual(before.state, after.state);
});

test('somebody else’s client id is no key of ours', () => {
  const rows = timeline([message('1', 'ben', at(1, 0), { clientId: 'c1' })], [pending('c1', at(1, 1))], ME);
  assert.equal(new Set(rows.map(({ key }) => key)).size, rows.length);
});

test('a clock that is behind does not turn the day back', () => {
  const rows = timeline([message('1', 'me', at(2, 0))], [pending('c1', at(1, 0))], ME);
  assert.deepEqual(shape(rows), ['day', 'lead', 'more']);
});

test('the line is above the first message of somebody else that is new', () => {
  const all = [['1', 'ben'], ['2', 'me'], ['3', 'ben'], ['4', 'ben']].map(([id, who], i) => message(id, who, at(1, i), { seq: i + 1 }));
  const kinds = (line) => timeline(all, [], ME, line).map(({ kind, message: one }) => one?.id ?? kind);
  assert.deepEqual(kinds(1), ['day', '1', '2', 'new', '3', '4']);
  assert.deepEqual(kinds(0), ['day', 'new', '1', '2', '3', '4']);
  assert.deepEqual(kinds(4), ['day', '1', '2', '3', '4']);
  assert.deepEqual(kinds(null), ['day', '1', '2', '3', '4']);
  assert.equal(timeline(all, [], ME, 3).at(-1).lead, true, 'below it a group begins');
});
