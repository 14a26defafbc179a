/**
 * Unit tests of the SDK's own logic against a scripted transport and a clock moved by hand (scripted.mjs):
 * exactly-once application, gaps, resume, recovered:false, back-off and tokens. The real line, servers and
 * browsers included, has tests of its own.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ChatSphere } from '../../web/chatsphere.js';
import { backoffMs, retryHint } from '../../web/sdk/backoff.js';
import { ME, ROOM, reply, settle } from './fake.mjs';
import { chat, contents, opened, reload, server, storage, tick } from './scripted.mjs';

/** As `opened`, noting each message that the stream delivers. */
async function followed() {
  const live = [];
  const room = await opened((one) => one.on('message', ({ seq }) => live.push(seq)));
  return { room, live };
}

const seqs = (room) => room.messages.map(({ seq }) => seq);

// ---- back-off

test('back-off grows from 0.2 s to 10 s with full jitter', () => {
  assert.equal(backoffMs(0, { random: () => 0 }), 0);
  assert.equal(backoffMs(0, { random: () => 0.999999 }), 200);
  assert.equal(backoffMs(3, { random: () => 0.5 }), 800);
  assert.equal(backoffMs(50, { random: () => 0.999999 }), 10_000);
});

test('the hint is a lower bound', () => {
  assert.equal(retryHint('retry after 1500 ms'), 1500);
  assert.equal(retryHint('bye'), 0);
  assert.equal(backoffMs(0, { random: () => 0, hintMs: 1500 }), 1500);
});

test('a close reason with a hint delays the reconnect', async () => {
  await opened();
  server.socket.drop(1012, 'retry after 3000 ms');
  await tick(2999);
  assert.equal(server.sockets.length, 1);
  await tick(101); // the hint plus half of the first cap
  assert.equal(server.sockets.length, 2);
});

test('drain delays the reconnect too, and is forgotten with its link', async () => {
  await opened();
  server.socket.push({ type: 'drain', retryAfterMs: 2000 });
  server.socket.drop(1001);
  await tick(1999);
  assert.equal(server.sockets.length, 1);
  await tick(101);
  assert.equal(server.sockets.length, 2);
  server.socket.drop();
  await tick(200);
  assert.equal(server.sockets.length, 3);
});

test('attempts back off until a link has been steady', async () => {
  await opened();
  server.socket.drop();
  await tick(100);
  server.socket.drop();
  await tick(199);
  assert.equal(server.sockets.length, 2);
  await tick(1);
  assert.equal(server.sockets.length, 3);
  await tick(2_000);
  server.socket.drop();
  await tick(100);
  assert.equal(server.sockets.length, 4);
});

test('a silent link is pinged, then given up', async () => {
  await opened();
  await tick(25_000);
  await tick(25_000);
  const [ping] = server.socket.frames('ping');
  assert.ok(ping.ref, 'a ping without a ref need not be answered');
  server.socket.push({ type: 'ack', ref: ping.ref });
  await tick(8_000);
  assert.equal(server.sockets.length, 1);
  await tick(25_000);
  await tick(8_000);
  assert.equal(server.sockets[0].closedBy.reason, 'no pong');
  await tick(200);
  assert.equal(server.sockets.length, 2);
});

test('without a network a link is doubted sooner', async () => {
  const heard = {};
  const { addEventListener } = globalThis;
  globalThis.addEventListener = (type, listener) => { heard[type] = listener; };
  reload();
  globalThis.addEventListener = addEventListener;
  await opened();
  heard.offline();
  await tick(1_000);
  server.socket.push({ type: 'ack', ref: server.socket.frames('ping')[0].ref });
  await tick(2_000);
  assert.equal(server.sockets.length, 1, 'it is on this machine');
  heard.offline();
  await tick(2_000);
  assert.equal(server.sockets[0].closedBy.reason, 'no pong');
});

// ---- page and stream

test('the page comes first, the join at the page’s position', async () => {
  server.post('one');
  server.post('two');
  const { room, live } = await followed();
  assert.deepEqual(server.socket.protocols, ['chatsphere.v1']);
  assert.deepEqual(server.socket.received[0], { type: 'auth', token: 't2' });
  const [join] = server.socket.frames('join');
  assert.deepEqual([join.after, join.epoch], [2, 'e1']);
  assert.equal(room.state, 'live');
  server.socket.push(server.post('three'), server.post('four'));
  assert.deepEqual(seqs(room), [1, 2, 3, 4]);
  assert.deepEqual(live, [3, 4]);
});

test('what is posted between page and join is replayed', async () => {
  server.post('one');
  server.autoJoin = false;
  const room = await opened();
  server.post('between');
  server.socket.join(server.socket.frames('join')[0]);
  assert.deepEqual(contents(room), ['one', 'between']);
});

test('doubles are dropped, a gap closes with 4010 and resumes', async () => {
  const { room, live } = await followed();
  const [first, , third] = [server.post('1'), server.post('2'), server.post('3')];
  server.socket.push(first, first, third);
  assert.equal(server.sockets[0].closedBy.code, 4010);
  assert.deepEqual(live, [1]);
  await tick(200);
  assert.equal(server.socket.frames('join')[0].after, 1);
  assert.deepEqual(live, [1, 2, 3]);
  assert.deepEqual(seqs(room), [1, 2, 3]);
});

test('a gap that resuming does not heal reloads the page', async () => {
  const room = await opened();
  server.post('1');
  const second = server.post('2');
  server.autoJoin = false;
  server.socket.push(second);
  await tick(200);
  const [join] = server.socket.frames('join');
  server.socket.push({ type: 'ack', ref: join.ref },
    { type: 'joined', roomId: ROOM, epoch: 'e1', lastSeq: 2, recovered: true }, second);
  assert.equal(join.after, 0);
  server.autoJoin = true;
  await tick(400);
  assert.deepEqual(seqs(room), [1, 2]);
  assert.equal(room.state, 'live');
  assert.equal(server.requests.filter(({ path }) => path.endsWith('/messages')).length, 2);
});

const loads = () => server.requests.filter(({ path }) => /\/messages\/m\d+$/.test(path)).length;

test('a message that a change only names is loaded, once for many changes', async () => {
  server.post('one');
  server.post('two');
  const room = await opened();
  let changes = 0;
  room.on('change', () => changes++);
  server.socket.push(server.editHidden(1, 'edited'), server.editHidden(1, 'edited again'));
  await settle();
  assert.deepEqual(contents(room), ['edited again', 'two']);
  assert.equal(loads(), 1);
  assert.equal(changes, 3);
  server.socket.push({ ...server.editHidden(2, 'hidden'), messageId: 'm99' }); // not shown: nothing to load
  await settle();
  assert.equal(loads(), 1);
});

test('it is loaded again until it has the change, and not when it is gone', async () => {
  server.post('one');
  const room = await opened();
  const old = reply(200, server.log[0].message);
  server.answers.push(reply(503, { code: 'unavailable' }), old);
  server.socket.push(server.editHidden(1, 'edited'));
  await settle();
  for (const [shown, times] of [['one', 1], ['one', 2], ['edited', 3]]) {
    assert.deepEqual([contents(room), loads()], [[shown], times]);
    await tick(1000);
  }
  server.answers.push(reply(404, { code: 'message_not_found' }));
  server.socket.push(server.editHidden(1, 'nobody may see it'));
  await tick(1000);
  assert.deepEqual([contents(room), loads()], [['edited'], 4]);
});

test('what was to be loaded is not taken by a room that was closed', async () => {
  server.post('one');
  const room = await opened();
  server.answers.push(reply(503, { code: 'unavailable' }));
  server.socket.push(server.editHidden(1, 'edited'));
  await settle();
  room.close();
  await tick(1000);
  assert.equal(loads(), 1);
});

test('a lost connection is resumed at the position, each event once', async () => {
  const { room, live } = await followed();
  server.socket.push(server.post('1'));
  server.socket.drop();
  assert.equal(room.state, 'waiting');
  server.post('2');
  server.post('3');
  await tick(200);
  assert.deepEqual(live, [1, 2, 3]);
  assert.deepEqual(seqs(room), [1, 2, 3]);
});

test('recovered:false reloads by REST and joins at the new page', async () => {
  const room = await opened();
  let resets = 0;
  room.on('reset', () => resets++);
  server.socket.push(server.post('lost with the old epoch'));
  server.socket.drop();
  server.epoch = 'e2';
  server.log = [];
  server.post('restored');
  await tick(200);
  assert.deepEqual(server.socket.frames('join').map(({ epoch, after }) => [epoch, after]), [['e1', 1], ['e2', 1]]);
  assert.deepEqual(contents(room), ['restored']);
  assert.equal(resets, 1);
  server.socket.push(server.post('on'));
  assert.deepEqual(contents(room), ['restored', 'on']);
});

test('events of an earlier join do not count while the page is reloaded', async () => {
  const { room, live } = await followed();
  server.socket.drop();
  server.autoJoin = false;
  server.post('1');
  await tick(200);
  const [{ ref }] = server.socket.frames('join');
  server.socket.push({ type: 'ack', ref },
    { type: 'joined', roomId: ROOM, epoch: 'e1', lastSeq: 1, recovered: false });
  const early = server.post('2');
  server.socket.push(early);
  await settle();
  server.socket.push(early);
  server.socket.join(server.socket.frames('join').at(-1));
  assert.deepEqual(seqs(room), [1, 2]);
  assert.deepEqual(live, []);
});

test('a joined that nobody asked for changes nothing', async () => {
  const room = await opened();
  server.socket.push(server.post('1'));
  server.socket.push({ type: 'joined', roomId: ROOM, epoch: 'e1', lastSeq: 9, recovered: false });
  assert.equal(room.state, 'live');
  assert.equal(room.log.seq, 1);
});

test('a joined before the ack of the own join answers somebody else’s', async () => {
  const room = await opened();
  server.socket.push(server.post('1'));
  server.socket.drop();
  server.autoJoin = false;
  await tick(200);
  server.socket.push({ type: 'joined', roomId: ROOM, epoch: 'e1', lastSeq: 1, recovered: false });
  assert.equal(room.state, 'joining');
  server.socket.join(server.socket.frames('join')[0]);
  assert.equal(room.state, 'live');
});

test('following without history starts at the end and resumes like any other', async () => {
  server.post('before');
  await chat.login('ada', 'correct horse');
  const room = chat.room(ROOM);
  const live = [];
  room.on('message', ({ seq }) => live.push(seq));
  room.follow();
  await settle();
  server.socket.push(server.post('2'));
  server.socket.drop();
  server.post('3');
  await tick(200);
  assert.deepEqual(live, [2, 3]);
  assert.equal(server.requests.some(({ path }) => path.endsWith('/messages')), false);
});

test('a join refused for now is tried again, one refused for good is not', async () => {
  server.autoJoin = false;
  const room = await opened();
  const refuse = (fields) => {
    const { ref } = server.socket.frames('join').at(-1);
    server.socket.push({ type: 'error', ref, ...fields });
  };
  refuse({ code: 'rate_limited', retryable: true, retryAfterMs: 500 });
  await settle();
  await tick(499);
  assert.equal(server.socket.frames('join').length, 1);
  await tick(101);
  assert.equal(server.socket.frames('join').length, 2);
  refuse({ code: 'not_member' });
  await settle();
  assert.equal(room.state, 'gone');
});

test('being removed ends the room and nothing later is taken', async () => {
  const { room, live } = await followed();
  const gone = { type: 'member_left', roomId: ROOM, seq: 1, user: ME };
  server.log.push(gone);
  server.socket.push(gone, server.post('not for me'));
  assert.equal(room.state, 'gone');
  assert.deepEqual(live, []);
});

// ---- tokens

test('an expired socket refreshes and comes back at once', async () => {
  await opened();
  server.tokens++;
  server.socket.drop(4401, 'token expired');
  await settle();
  assert.equal(server.sockets.length, 2);
  assert.equal(server.socket.frames('auth')[0].token, 't4');
  assert.equal(chat.state, 'online');
  assert.equal(storage.getItem('access_token'), 't4');
});

test('1008 refreshes once; refused again, the session is over', async () => {
  await opened();
  let reason;
  chat.on('signedout', (why) => { reason = why; });
  server.socket.drop(1008);
  server.tokens++; // the token just renewed is bad, too
  await settle();
  server.socket.drop(1008);
  await settle();
  assert.equal(server.requests.filter(({ path }) => path === '/auth/refresh').length, 1);
  assert.equal(reason, 'expired');
  assert.equal(storage.getItem('access_token'), null);
});

test('parallel requests with an old token share one refresh', async () => {
  await chat.login('ada', 'correct horse');
  storage.setItem('access_token', 'old');
  await Promise.all([chat.history(ROOM), chat.history(ROOM), chat.history(ROOM)]);
  assert.equal(server.requests.filter(({ path }) => path === '/auth/refresh').length, 1);
});

test('a token that another tab has renewed is used, not renewed again', async () => {
  await chat.login('ada', 'correct horse');
  server.tokens++;
  const history = chat.history(ROOM);
  storage.setItem('access_token', `t${server.tokens}`);
  await history;
  assert.equal(server.requests.some(({ path }) => path === '/auth/refresh'), false);
});

test('a refused refresh signs out', async () => {
  await chat.login('ada', 'correct horse');
  server.refusesRefresh = true;
  server.tokens++;
  await assert.rejects(chat.history(ROOM), { code: 'signed_out' });
  assert.equal(chat.user, null);
});

test('what is under way when the session ends is given up, and the next session asks anew', async () => {
  await chat.login('ada', 'correct horse');
  server.unanswered.add('/api/rooms');
  const rooms = assert.rejects(chat.rooms(), { code: 'signed_out' });
  await settle();
  await chat.logout();
  await rooms;
  assert.equal(server.requests.at(-1).path, '/auth/logout');
  await chat.login('ada', 'correct horse');
  assert.deepEqual((await chat.history(ROOM)).messages, []);
});

test('without a WebSocket, connecting says what to pass', () => {
  const before = globalThis.WebSocket;
  globalThis.WebSocket = undefined;
  try {
    const chat = new ChatSphere({ url: 'http://localhost:1', fetch: async () => new Response('{}') });
    assert.throws(() => chat.connect(), { code: 'no_websocket' });
  } finally {
    globalThis.WebSocket = before;
  }
});
