/**
 * Unit tests of who may write in a room when.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { verdict } from '../../web/app/gate.js';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const at = (seconds) => new Date(NOW + seconds * 1000).toISOString();
const look = (info, lastAgo = 0) => verdict({ id: 'r', name: 'R', role: 'member', ...info }, lastAgo ? NOW - lastAgo * 1000 : 0, NOW);

test('an ordinary room is open, and one that is not known yet', () => {
  assert.equal(look({}).kind, '');
  assert.equal(look({ mutedUntil: null, slowModeSeconds: 0 }, 1).kind, '');
  assert.equal(verdict(undefined, NOW, NOW).kind, '');
});

test('an archived room is shut, whoever one is', () => {
  const { kind, text, again } = look({ archived: true, role: 'owner', mutedUntil: at(60) });
  assert.deepEqual([kind, again], ['shut', 0]);
  assert.match(text, /archived/);
});

test('who is muted is told until when, and looks again then', () => {
  const { kind, text, again } = look({ mutedUntil: at(600) });
  assert.deepEqual([kind, again], ['shut', 600_000]);
  assert.match(text, /muted in this room until .*\d/);
  assert.equal(look({ mutedUntil: at(0) }).kind, '');
  assert.equal(look({ mutedUntil: '9999-12-31T00:00:00.000Z' }).text, 'You are muted in this room');
  assert.ok(look({ mutedUntil: '9999-12-31T00:00:00.000Z' }).again <= 3_600_000, 'what timers can');
});

test('in slow mode members wait after a message, by seconds', () => {
  const { kind, text, again } = look({ slowModeSeconds: 30 }, 12.4);
  assert.deepEqual([kind, text, again], ['wait', 'Slow mode: you can write again in 18 s', 600]);
  assert.equal(look({ slowModeSeconds: 30 }, 30).kind, '');
  assert.equal(look({ slowModeSeconds: 30 }).kind, '', 'who has not written yet');
  assert.equal(look({ slowModeSeconds: 3600 }, 60).text, 'Slow mode: you can write again in 59 min');
});

test('slow mode does not bind those who keep order', () => {
  for (const role of ['owner', 'moderator']) assert.equal(look({ slowModeSeconds: 30, role }, 1).kind, '');
  assert.equal(look({ slowModeSeconds: 30, role: null }, 1).kind, 'wait', 'in the lobby nobody has a role');
});
