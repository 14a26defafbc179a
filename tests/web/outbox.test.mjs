/**
 * Unit tests of the SDK's outbox: what is written is sent once, in order, whatever becomes of the connection and
 * the page. The transport is scripted and the clock is moved by hand.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ChatSphere } from '../../web/chatsphere.js';
import { ME, ROOM, settle } from './fake.mjs';
import { chat, contents, opened, reload, server, storage, tick } from './scripted.mjs';

const states = (room) => room.pending.map(({ state }) => state);

test('a message is shown once: pending, acknowledged, in the log', async () => {
  const room = await opened();
  server.autoAck = false;
  const done = room.send('hello');
  assert.deepEqual(states(room), ['sending']);
  const [frame] = server.socket.frames('message');
  server.socket.push({ type: 'ack', ref: frame.ref, id: 'm1', seq: 1 });
  assert.equal((await done).seq, 1);
  assert.deepEqual(states(room), ['sent']);
  server.socket.push(server.post('hello', { user: ME, clientId: frame.clientId }));
  assert.deepEqual(states(room), []);
  assert.deepEqual(contents(room), ['hello']);
});

test('after a lost ack the same client id goes out again, and is shown once', async () => {
  const room = await opened();
  server.autoAck = false;
  const done = room.send('hello');
  const [frame] = server.socket.frames('message');
  server.socket.store(frame, { silent: true });
  server.socket.drop();
  await settle();
  assert.deepEqual(states(room), ['waiting']);
  server.autoAck = true;
  await tick(200);
  assert.equal((await done).seq, 1);
  assert.equal(server.log.length, 1);
  assert.deepEqual(contents(room), ['hello']);
  assert.deepEqual(room.pending, []);
});

test('the log itself confirms a message whose ack never comes', async () => {
  const room = await opened();
  server.autoAck = false;
  const done = room.send('hello');
  server.socket.store(server.socket.frames('message')[0], { silent: true });
  server.socket.drop();
  await tick(200);
  assert.equal((await done).seq, 1);
  assert.deepEqual(room.pending, []);
});

test('five written offline go out in order, one at a time', async () => {
  const room = await opened();
  server.socket.drop();
  for (const text of ['1', '2', '3', '4', '5']) room.send(text);
  assert.deepEqual(states(room), Array(5).fill('waiting'));
  await tick(200);
  await settle();
  assert.deepEqual(contents(room), ['1', '2', '3', '4', '5']);
  assert.deepEqual(room.pending, []);
});

test('a reload loses nothing: the stored outbox goes out with its client ids', async () => {
  const room = await opened();
  server.autoAck = false;
  room.send('first').catch(() => {});
  room.send('second').catch(() => {});
  const [frame] = server.socket.frames('message');
  server.socket.store(frame, { silent: true });
  chat.disconnect();

  server.autoAck = true;
  reload();
  assert.deepEqual(await chat.resume(), ME);
  chat.room(ROOM).open();
  await settle();
  assert.deepEqual(server.log.map(({ message }) => message.content), ['first', 'second']);
  assert.deepEqual(contents(chat.room(ROOM)), ['first', 'second']);
  assert.deepEqual(chat.pending(ROOM), []);
});

test('what a closed tab has left unsent goes out with the next connection of another', async () => {
  const room = await opened();
  server.socket.drop();
  const closed = new ChatSphere({ ...server.parts, storage });
  await closed.resume();
  closed.room(ROOM).send('left behind').catch(() => {});
  closed.disconnect();
  assert.deepEqual(contents(room), []);
  await tick(200);
  await settle();
  assert.deepEqual(contents(room), ['left behind']);
  assert.deepEqual(room.pending, []);
  assert.deepEqual([...Array(storage.length).keys()].filter((i) => storage.key(i).includes('outbox')), []);
});

test('a retryable refusal is repeated after the server’s time and not overtaken', async () => {
  const room = await opened();
  server.autoAck = false;
  room.send('1');
  room.send('2');
  const [frame] = server.socket.frames('message');
  const refusal = { type: 'error', ref: frame.ref, code: 'slow_mode', retryable: true, retryAfterMs: 1000 };
  server.socket.push(refusal);
  await settle();
  server.autoAck = true;
  await tick(999);
  assert.equal(server.socket.frames('message').length, 1);
  await tick(101);
  const sent = server.socket.frames('message');
  assert.equal(sent[1].clientId, frame.clientId);
  assert.deepEqual(contents(room), ['1', '2']);
});

test('a final refusal fails one message, lets the next pass, and can be retried', async () => {
  const room = await opened();
  server.autoAck = false;
  const refused = assert.rejects(room.send('bad'), { code: 'muted' });
  room.send('good');
  const [frame] = server.socket.frames('message');
  server.autoAck = true;
  server.socket.push({ type: 'error', ref: frame.ref, code: 'muted', detail: 'You are muted' });
  await refused;
  await settle();
  assert.deepEqual(contents(room), ['good']);
  assert.deepEqual(states(room), ['failed']);
  assert.equal(room.pending[0].error.detail, 'You are muted');
  chat.retry(frame.clientId);
  await settle();
  assert.equal(server.socket.frames('message').at(-1).clientId, frame.clientId);
  assert.deepEqual(contents(room), ['good', 'bad']);
});

test('one user’s outbox is never sent as another', async () => {
  await opened();
  server.socket.drop();
  chat.send(ROOM, 'mine').catch(() => {});
  await chat.logout();
  reload();
  storage.setItem('chatsphere.user', JSON.stringify({ id: 'someone-else', username: 'eve' }));
  storage.setItem('access_token', `t${server.tokens}`);
  await chat.resume();
  assert.deepEqual(chat.pending(ROOM), []);
});
