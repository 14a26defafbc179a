/**
 * Unit tests of what is done with a room beside following it: changes, threads, read positions, typing.
 * The transport is scripted and the clock is moved by hand, as in sdk.test.mjs.
 */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { ChatSphere } from '../../web/chatsphere.js';
import { RoomLog } from '../../web/sdk/log.js';
import { ME, OTHER, ROOM, reply, settle } from './fake.mjs';
import { chat, contents, opened, server, storage, tick } from './scripted.mjs';

const PATH = `/api/rooms/${ROOM}`;

beforeEach(() => {
  for (const type of ['edit', 'delete', 'react', 'unreact', 'read', 'typing']) {
    server.handlers[type] = ({ ref }, socket) => socket.push({ type: 'ack', ref, seq: server.lastSeq + 1 });
  }
});

const asked = (method, path) => server.requests.filter((one) => one.method === method && one.path === PATH + path);

/** A change of a message, as everybody in the room is told of it. */
function changed(type, message, fields = {}) {
  const seq = server.lastSeq + 1;
  const event = { type, roomId: ROOM, seq, actorId: OTHER.id, data: {}, message: { ...message, ...fields, rev: seq } };
  server.log.push(event);
  return event;
}

// ---- messages change in place

test('edits, reactions and deletions change what is shown in place', async () => {
  const { message } = server.post('draft');
  const room = await opened();
  server.socket.push(changed('message_edited', message, { content: 'final', editedAt: 'now' }));
  assert.deepEqual(contents(room), ['final']);
  server.socket.push(changed('reaction_added', message, { reactions: { '👍': 2 } }));
  assert.deepEqual(room.messages[0].reactions, { '👍': 2 });
  server.socket.push(changed('message_deleted', message, { content: '', deletedAt: 'now' }));
  assert.equal(room.messages[0].deletedAt, 'now');
  assert.equal(room.messages.length, 1);
});

test('a change goes over the socket, with what it concerns', async () => {
  server.post('1');
  const room = await opened();
  await Promise.all([room.edit('m1', 'new'), room.remove('m1'), room.react('m1', '👍'), room.unreact('m1', '👍')]);
  const frames = server.socket.received.filter(({ messageId }) => messageId === 'm1');
  assert.deepEqual(frames.map(({ type }) => type), ['edit', 'delete', 'react', 'unreact']);
  assert.ok(frames.every(({ roomId }) => roomId === ROOM));
  assert.equal(frames[0].content, 'new');
});

test('a change whose link ends before the answer goes by HTTP, and shows', async () => {
  const { message } = server.post('old');
  const room = await opened();
  server.handlers.edit = (frame, socket) => socket.drop();
  server.routes[`PATCH ${PATH}/messages/m1`] = ({ content }) => {
    changed('message_edited', message, { content });
    return reply(200, {});
  };
  await room.edit('m1', 'new');
  assert.equal(asked('PATCH', '/messages/m1').length, 1);
  assert.deepEqual(contents(room), ['new']);
  await tick(200);
  assert.equal(room.log.seq, 2, 'the event itself has come, too');
});

test('a refused change is not repeated by HTTP', async () => {
  server.post('1');
  const room = await opened();
  server.handlers.edit = ({ ref }, socket) => socket.push({ type: 'error', ref, code: 'forbidden', detail: 'Not yours' });
  await assert.rejects(room.edit('m1', 'new'), { code: 'forbidden' });
  assert.equal(asked('PATCH', '/messages/m1').length, 0);
});

test('toggling takes back what was given, also when only the server knows it', async () => {
  server.post('1');
  const room = await opened();
  await room.toggle('m1', '👍');
  assert.deepEqual([...room.reacted('m1')], ['👍']);
  await room.toggle('m1', '👍');
  assert.deepEqual([...room.reacted('m1')], []);
  server.handlers.react = ({ ref }, socket) => socket.push({ type: 'ack', ref }); // it was so already
  await room.toggle('m1', '🎉');
  assert.equal(server.socket.frames('unreact').length, 2);
});

test('a reaction that has to go by HTTP is not taken back', async () => {
  server.post('1');
  const room = await opened();
  server.handlers.react = ({ ref }, socket) => socket.push({ type: 'error', ref, code: 'unauthorized', detail: 'old' });
  server.routes[`PUT ${PATH}/messages/m1/reactions/${encodeURIComponent('👍')}`] = () => reply(200, {});
  await room.toggle('m1', '👍');
  assert.deepEqual(server.socket.frames('unreact'), []);
  assert.deepEqual([...room.reacted('m1')], ['👍']);
});

// ---- threads

test('a reply is sent with its parent, and again after a reload', async () => {
  server.post('root');
  server.autoAck = false;
  const room = await opened();
  room.send('answer', { parentId: 'm1' }).catch(() => {});
  await settle();
  assert.equal(server.socket.frames('message')[0].parentId, 'm1');
  assert.equal(room.pending[0].parentId, 'm1');
  chat.disconnect();
  server.autoAck = true;
  const again = new ChatSphere({ ...server.parts, storage });
  await again.resume();
  await settle();
  assert.deepEqual(server.log.map(({ message }) => message.parentId), [null, 'm1']);
  again.disconnect();
});

test('a failed reply keeps its parent when it is tried again', async () => {
  server.autoAck = false;
  const room = await opened();
  room.send('answer', { parentId: 'm1' }).catch(() => {});
  const [{ ref, clientId }] = server.socket.frames('message');
  server.socket.push({ type: 'error', ref, code: 'parent_not_found', detail: 'gone' });
  await settle();
  chat.retry(clientId);
  assert.equal(server.socket.frames('message')[1].parentId, 'm1');
});

test('replies count at their root, each once, and less when one is deleted', () => {
  const log = new RoomLog();
  const root = { id: 'r', seq: 1, rev: 3, replyCount: 1 }; // seq 3 is a reply that the page has counted
  log.reset({ messages: [root], epoch: 'e1', seq: 2, hasOlder: false });
  const answer = (seq) => ({ type: 'new_message', seq, message: { id: `a${seq}`, seq, rev: seq, parentId: 'r' } });
  log.take(answer(3));
  assert.equal(log.messages[0].replyCount, 1);
  log.take(answer(4));
  assert.equal(log.messages[0].replyCount, 2);
  log.take({ type: 'message_deleted', seq: 5, messageId: 'a4', targetSeq: 4 });
  assert.equal(log.messages[0].replyCount, 1);
  assert.equal(log.messages[0].rev, 5);
});

test('a thread is loaded page by page', async () => {
  const room = await opened();
  const all = Array.from({ length: 150 }, (_, i) => ({ id: `a${i}`, seq: i + 1, rev: i + 1 }));
  server.routes[`GET ${PATH}/messages/r/replies`] = (_, query) =>
    reply(200, all.filter(({ seq }) => seq > Number(query.get('after'))).slice(0, Number(query.get('limit'))));
  assert.equal((await room.replies('r')).length, 150);
  assert.equal((await room.replies('r', { after: 140 })).length, 10);
});

// ---- what is loaded beside the stream

test('what changes while an older page is loaded is not lost', async () => {
  for (let i = 1; i <= 60; i++) server.post(String(i));
  const room = await opened();
  const stale = server.log.slice(0, 10).map(({ message }) => message);
  server.routes[`GET ${PATH}/messages`] = async () => {
    server.socket.push(changed('message_edited', stale[4], { content: 'edited' }));
    server.socket.push(server.editHidden(6, 'hidden'));
    return reply(200, stale, { 'Chat-Epoch': 'e1', 'Chat-Seq': '60' });
  };
  await room.older();
  await settle();
  assert.equal(room.messages[4].content, 'edited');
  assert.equal(room.messages[5].content, 'hidden', 'it was loaded again');
  assert.equal(room.messages.length, 60);
});

test('an older page that is newer than the stream is not changed back', async () => {
  for (let i = 1; i <= 60; i++) server.post(String(i));
  const room = await opened();
  const page = server.log.slice(0, 10).map(({ message }) => message);
  page[4] = { ...page[4], content: 'second', rev: 62 };
  server.routes[`GET ${PATH}/messages`] = () => reply(200, page, { 'Chat-Epoch': 'e1', 'Chat-Seq': '62' });
  await room.older();
  server.socket.push(changed('message_edited', page[4], { content: 'first' }));
  assert.equal(room.messages[4].content, 'second');
});

test('pins that are loaded are as the stream has them already', async () => {
  const { message } = server.post('old');
  const room = await opened();
  server.routes[`GET ${PATH}/pins`] = () => {
    server.socket.push(changed('message_edited', message, { content: 'new' }));
    return reply(200, [message]);
  };
  assert.deepEqual((await room.pins()).map(({ content }) => content), ['new']);
});

// ---- a part of a long log

const SEQ = ({ seq }) => seq;

async function longRoom(count = 1000) {
  for (let i = 1; i <= count; i++) server.post(String(i));
  return opened();
}

test('a message far back is reached at once, one that is not there is not', async () => {
  const room = await longRoom();
  assert.equal(await room.reach(120), true);
  assert.deepEqual([room.messages[0].seq, room.messages.length, room.hasOlder, room.hasNewer], [70, 100, true, true]);
  assert.equal(await room.reach(399.5), false);
});

test('from a part in the middle one gets to both ends, and each message is there once', async () => {
  const room = await longRoom(450);
  await room.reach(200);
  while (room.hasOlder) await room.older();
  assert.equal(room.messages[0].seq, 1);
  while (room.hasNewer) await room.newer();
  assert.deepEqual(room.messages.map(SEQ), server.log.map(SEQ));
});

test('what is said meanwhile stands behind the newest page and not behind an old part', async () => {
  const room = await longRoom(300);
  await room.reach(100);
  server.socket.push(server.post('while far up'));
  assert.equal(room.messages.at(-1).seq, 149);
  while (room.hasNewer) {
    const page = room.newer();
    server.socket.push(server.post('while it loads'));
    await page;
  }
  assert.deepEqual(room.messages.map(SEQ), server.log.map(SEQ).slice(49));
  server.socket.push(server.post('live again'));
  assert.equal(room.messages.at(-1).content, 'live again');
});

test('what is said between the newest page and its coming is not lost', async () => {
  const room = await longRoom(300);
  await room.reach(100);
  server.routes[`GET ${PATH}/messages`] = (_, query) => {
    delete server.routes[`GET ${PATH}/messages`];
    const { log } = server;
    const answer = reply(200, log.slice(200).map(({ message }) => message), { 'Chat-Epoch': 'e1', 'Chat-Seq': '300' });
    assert.equal(query.has('before'), false);
    server.socket.push(server.post('in between'), server.editHidden(301, 'in between, and changed'));
    return answer;
  };
  await room.latest();
  await settle();
  assert.deepEqual([room.hasNewer, room.messages.at(-1).content], [false, 'in between, and changed']);
});

test('what is let go of comes again, and changes of it are no trouble', async () => {
  const room = await longRoom(300);
  await room.older();
  room.keep(151, 170);
  assert.deepEqual([room.messages.length, room.hasOlder, room.hasNewer], [20, true, true]);
  server.socket.push(server.editHidden(201, 'changed'));
  await room.newer();
  assert.equal(room.messages.find(({ seq }) => seq === 201).content, 'changed');
  room.keep(200);
  assert.equal(room.messages[0].seq, 200);
});

test('a day is reached, and the first thing said then is told', async () => {
  const room = await longRoom(500);
  const { createdAt, seq } = server.log[99].message;
  assert.equal((await room.reachTime(new Date(createdAt))).seq, seq);
  assert.ok(room.messages.length <= 100);
  assert.equal((await room.reachTime(new Date(Date.parse(server.log[499].message.createdAt) + 1))).seq, 500);
});

test('of two leaps the last one counts', async () => {
  const room = await longRoom(500);
  await Promise.all([room.reach(100), room.reach(300)]);
  assert.ok(room.messages.some(({ seq }) => seq === 300));
});

// ---- read positions

const readFrames = () => server.socket.frames('read').map(({ seq }) => seq);

test('the own position goes forward only, and is told at most once a second', async () => {
  for (let i = 1; i <= 9; i++) server.post(String(i));
  const room = await opened();
  room.markRead(5);
  room.markRead(3);
  room.markRead(6);
  room.markRead(7);
  await settle();
  assert.equal(room.readSeq, 7);
  assert.deepEqual(readFrames(), [5]);
  await tick(1000);
  assert.deepEqual(readFrames(), [5, 7]);
  room.readTo(4);
  room.markRead(6);
  await tick(5000);
  assert.equal(room.readSeq, 7);
  assert.deepEqual(readFrames(), [5, 7]);
});

test('what another device has read is not told again', async () => {
  for (let i = 1; i <= 9; i++) server.post(String(i));
  const room = await opened();
  let moved = 0;
  room.on('read', () => moved++);
  server.socket.push({ type: 'read_moved', useq: 1, roomId: ROOM, readSeq: 8 });
  assert.equal(room.readSeq, 8);
  assert.equal(moved, 1);
  room.markRead(8);
  await tick(2000);
  assert.deepEqual(readFrames(), []);
});

test('without a socket the position goes by HTTP; without either with the next welcome', async () => {
  for (let i = 1; i <= 9; i++) server.post(String(i));
  const room = await opened();
  server.socket.drop();
  const stored = [];
  server.routes[`PUT ${PATH}/read`] = ({ seq }) => {
    stored.push(seq);
    return reply(200, {});
  };
  room.markRead(4);
  await settle();
  assert.deepEqual(stored, [4]);
  server.routes[`PUT ${PATH}/read`] = () => { throw new TypeError('offline'); };
  room.markRead(6);
  await tick(200);
  assert.deepEqual(readFrames(), [6]);
});

test('in another epoch positions begin anew', async () => {
  for (let i = 1; i <= 9; i++) server.post(String(i));
  const room = await opened();
  room.markRead(9);
  server.socket.drop();
  server.epoch = 'e2';
  server.log.length = 3;
  await tick(200);
  assert.equal(room.readSeq, 0);
  room.markRead();
  assert.equal(room.readSeq, 3);
});

test('the others’ positions are loaded when they are looked at, then heard', async () => {
  const room = await opened();
  server.routes[`GET ${PATH}/read`] = () => reply(200, [{ userId: OTHER.id, username: 'ben', readSeq: 3 }]);
  assert.equal(room.reads.size, 0);
  await settle();
  assert.equal(room.reads.get(OTHER.id), 3);
  server.socket.push({ type: 'read', roomId: ROOM, userId: OTHER.id, readSeq: 2 });
  assert.equal(room.reads.get(OTHER.id), 3);
  server.socket.push({ type: 'read', roomId: ROOM, userId: OTHER.id, readSeq: 5 });
  assert.equal(room.reads.get(OTHER.id), 5);
  assert.equal(asked('GET', '/read').length, 1);
});

// ---- typing

test('who is writing is forgotten after six seconds, or when he has said it', async () => {
  const room = await opened();
  const typing = { type: 'typing', roomId: ROOM, userId: OTHER.id, username: 'ben' };
  const names = () => room.typists.map(({ username }) => username);
  server.socket.push(typing);
  await tick(5000);
  server.socket.push(typing);
  await tick(5999);
  assert.deepEqual(names(), ['ben']);
  await tick(1);
  assert.deepEqual(names(), []);
  server.socket.push(typing);
  server.socket.push(server.post('said'));
  assert.deepEqual(names(), []);
  server.socket.push({ ...typing, userId: ME.id, username: 'ada' });
  assert.deepEqual(names(), []);
});

test('writing is told once in three seconds', async () => {
  const room = await opened();
  for (let i = 0; i < 5; i++) room.typing();
  await tick(2999);
  room.typing();
  assert.equal(server.socket.frames('typing').length, 1);
  await tick(1);
  room.typing();
  assert.equal(server.socket.frames('typing').length, 2);
});
