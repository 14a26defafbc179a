/**
 * Unit tests of the SDK's log of a room: each event once, in order, and what a change makes of a message.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RoomLog } from '../../web/sdk/log.js';

test('a log takes each event once and only the next one', () => {
  const log = new RoomLog();
  log.place('e1', 4);
  assert.equal(log.take({ type: 'member_joined', seq: 5 }), 'applied');
  assert.equal(log.take({ type: 'member_joined', seq: 5 }), 'old');
  assert.equal(log.take({ type: 'member_joined', seq: 7 }), 'gap');
  assert.equal(log.seq, 5);
});

test('a change that the message already contains is ignored', () => {
  const log = new RoomLog();
  const page = { messages: [{ id: 'a', seq: 1, rev: 3, content: 'new' }], epoch: 'e1', seq: 1, hasOlder: false };
  log.reset(page);
  log.take({ type: 'message_edited', seq: 2, message: { id: 'a', seq: 1, rev: 2, content: 'middle' } });
  assert.equal(log.messages[0].content, 'new');
  log.take({ type: 'message_edited', seq: 3, message: { id: 'a', seq: 1, rev: 3, content: 'new' } });
  log.take({ type: 'message_edited', seq: 4, message: { id: 'a', seq: 1, rev: 4, content: 'newest' } });
  assert.equal(log.messages[0].content, 'newest');
  assert.equal(log.seq, 4);
});

test('a change that names its message only outdates it until it is loaded', () => {
  const log = new RoomLog();
  log.reset({ messages: [{ id: 'a', seq: 1, rev: 1, content: 'old' }], epoch: 'e1', seq: 1, hasOlder: false });
  const edited = { type: 'message_edited', seq: 2, messageId: 'a', targetSeq: 1 };
  assert.equal(log.take(edited), 'applied');
  assert.equal(log.outdated(edited), 'a');
  assert.equal(log.outdated({ ...edited, messageId: 'of an older page' }), null);
  assert.equal(log.renew({ id: 'a', seq: 1, rev: 2, content: 'new' }), true);
  assert.equal(log.messages[0].content, 'new');
  assert.equal(log.outdated(edited), null);
  assert.equal(log.renew({ id: 'a', seq: 1, rev: 2, content: 'new' }), false);
  assert.equal(log.renew({ id: 'b', seq: 3, rev: 3, content: 'not shown' }), false);
});

test('older pages go before, without repeating', () => {
  const log = new RoomLog();
  const page = (messages, hasOlder) => ({ messages, epoch: 'e1', seq: 9, hasOlder });
  log.reset(page([{ id: 'c', seq: 3 }], true));
  log.prepend(page([{ id: 'b', seq: 2 }, { id: 'c', seq: 3 }], true));
  assert.deepEqual(log.messages.map(({ id }) => id), ['b', 'c']);
  log.prepend(page([], true));
  assert.equal(log.hasOlder, false);
});
