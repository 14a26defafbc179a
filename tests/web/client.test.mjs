/**
 * Unit tests of what ChatSphere does beyond one room: all own rooms on one frame, who is there, and the
 * routes with an answer of their own shape. The transport is scripted and the clock moved by hand.
 */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { RoomLog } from '../../web/sdk/log.js';
import { ME, OTHER, ROOM, reply, settle } from './fake.mjs';
import { chat, server, tick } from './scripted.mjs';

const QUIET = '0190a0b0-0000-7000-8000-00000000000b';
const FULL = '0190a0b0-0000-7000-8000-00000000000c';

/** ROOM and QUIET are joined, ROOM from a position that is named; of FULL only its activity is told. */
function joinAll({ ref, rooms, epoch }, socket) {
  const named = rooms.find(({ roomId }) => roomId === ROOM);
  const recovered = named !== undefined && epoch === server.epoch;
  const replay = recovered ? server.log.filter(({ seq }) => seq > named.after) : [];
  socket.push({ type: 'joined', roomId: ROOM, epoch: server.epoch, lastSeq: server.lastSeq, recovered, readSeq: 0 }, ...replay);
  socket.push({ type: 'joined', roomId: QUIET, epoch: server.epoch, lastSeq: 7, recovered: false, readSeq: 3 });
  socket.push({ type: 'activity', roomId: FULL, lastSeq: 4 }, { type: 'ack', ref, joined: 2, listed: 1, more: false });
}

beforeEach(() => {
  server.handlers.join_all = joinAll;
});

async function signedIn() {
  await chat.login('ada', 'correct horse');
  chat.followAll();
  await settle();
}

const live = (roomId) => chat.room(roomId).state === 'live';
const frames = (type) => server.socket.frames(type);

// ---- all own rooms

test('all own rooms are followed with one frame', async () => {
  const heard = [];
  const active = [];
  chat.on('message', ({ seq }, { id }) => heard.push([id, seq]));
  chat.on('activity', (roomId, lastSeq) => active.push([roomId, lastSeq]));
  await signedIn();
  server.socket.push(server.post('1'));
  server.socket.push({ type: 'new_message', roomId: QUIET, seq: 8, message: { id: 'q8', seq: 8, rev: 8, roomId: QUIET } });
  assert.deepEqual(heard, [[ROOM, 1], [QUIET, 8]]);
  assert.deepEqual(active, [[FULL, 4]]);
  assert.deepEqual(frames('join'), []);
  assert.equal(chat.room(QUIET).readSeq, 3);
});

test('after a lost connection one frame names all positions, and nothing is lost or doubled', async () => {
  const heard = [];
  chat.on('message', ({ seq }, { id }) => heard.push([id, seq]));
  server.post('1');
  await signedIn();
  chat.room(ROOM).open();
  await settle();
  server.socket.drop();
  server.post('2');
  await tick(200);
  const [frame] = frames('join_all');
  assert.deepEqual(frame.rooms, [{ roomId: ROOM, after: 1 }, { roomId: QUIET, after: 7 }]);
  assert.deepEqual(heard, [[ROOM, 2]]);
  assert.deepEqual(chat.room(ROOM).messages.map(({ seq }) => seq), [1, 2]);
  assert.ok(live(ROOM) && live(QUIET));
  assert.deepEqual(frames('join'), []);
});

test('a room that is opened meanwhile joins behind the join_all', async () => {
  server.handlers.join_all = () => {};
  server.post('1');
  await signedIn();
  chat.room(ROOM).open();
  await settle();
  assert.deepEqual(frames('join'), []);
  joinAll(frames('join_all')[0], server.socket);
  await settle();
  assert.equal(frames('join').length, 1);
  assert.ok(live(ROOM));
  const pages = server.requests.filter(({ path }) => path.endsWith('/messages')).length;
  assert.equal(pages, 1, 'the page is loaded once');
});

test('a position that is void reloads the opened room and no other', async () => {
  server.post('1');
  await signedIn();
  const room = chat.room(ROOM);
  room.open();
  await settle();
  let resets = 0;
  room.on('reset', () => resets++);
  server.socket.drop();
  server.epoch = 'e2';
  await tick(200);
  assert.equal(resets, 1);
  assert.ok(live(ROOM));
  assert.equal(room.log.epoch, 'e2');
});

test('an opened room without a place takes that of the one that is silent longest', async () => {
  await signedIn();
  server.autoJoin = false;
  const full = chat.room(FULL);
  server.routes[`GET /api/rooms/${FULL}/messages`] = () => reply(200, [], { 'Chat-Epoch': 'e1', 'Chat-Seq': '0' });
  server.handlers.leave = ({ ref }, socket) => socket.push({ type: 'ack', ref });
  full.open();
  await settle();
  server.socket.push({ type: 'error', ref: frames('join')[0].ref, code: 'limit_reached', detail: 'full' });
  await settle();
  assert.equal(frames('leave').length, 1);
  server.autoJoin = true;
  await tick(200);
  assert.equal(frames('join').length, 2);
  assert.equal(full.state, 'live');
});

test('a refused join_all leaves the rooms to join one by one', async () => {
  server.handlers.join_all = ({ ref }, socket) => socket.push({ type: 'error', ref, code: 'forbidden', detail: 'no' });
  await chat.login('ada', 'correct horse');
  chat.room(ROOM).follow();
  chat.followAll();
  await settle();
  assert.ok(live(ROOM));
  server.socket.drop();
  await tick(200);
  assert.ok(live(ROOM));
});

test('a room that the server joins later is followed, one that is left is not', async () => {
  await signedIn();
  const added = { type: 'joined', roomId: FULL, epoch: 'e1', lastSeq: 4, recovered: false, readSeq: 0 };
  server.socket.push(added);
  assert.ok(live(FULL));
  server.socket.push({ type: 'member_left', roomId: FULL, seq: 5, user: ME, data: { reason: 'left' } });
  assert.equal(chat.room(FULL).state, 'gone');
  server.socket.push({ ...added, lastSeq: 6 });
  assert.ok(live(FULL));
});

test('of a room that nobody has opened only the newest messages are kept', () => {
  const log = new RoomLog();
  log.place('e1', 0);
  for (let seq = 1; seq <= 250; seq++) {
    log.take({ type: 'new_message', seq, message: { id: `m${seq}`, seq } });
    log.trim(50);
  }
  assert.ok(log.messages.length < 100);
  assert.equal(log.messages.at(-1).seq, 250);
});

// ---- the own log

/** Something happens to this user. */
function happens(type) {
  const event = { type, useq: server.userLog.length + 1, roomId: ROOM, seq: 1, messageId: 'm1' };
  server.userLog.push(event);
  return event;
}

test('what happens to this user is told once and in order, also over a lost connection', async () => {
  const heard = [];
  chat.on('user-event', ({ useq }) => heard.push(useq));
  happens('mention'); // before he came
  await signedIn();
  server.socket.push(happens('mention'));
  server.socket.drop();
  const missed = happens('mention');
  await tick(200);
  server.socket.push(missed, happens('mention'));
  assert.deepEqual(heard, [2, 3, 4]);
});

test('in another epoch, and for another session, the own log begins at its end', async () => {
  const heard = [];
  chat.on('user-event', ({ useq }) => heard.push(useq));
  happens('mention');
  happens('mention');
  await signedIn();
  server.socket.drop();
  server.epoch = 'e2';
  server.userLog.length = 0;
  await tick(200);
  server.socket.push(happens('mention'));
  assert.deepEqual(heard, [1]);
  await chat.logout();
  await signedIn();
  assert.equal(frames('auth')[0].userAfter, undefined);
});

// ---- who is there

test('who is there is told, and doubted after a lost connection', async () => {
  const told = [];
  chat.on('presence', (userId, status) => told.push(status));
  await signedIn();
  assert.equal(chat.presenceOf(OTHER.id), 'offline');
  const online = { type: 'presence', userId: OTHER.id, status: 'online' };
  server.socket.push(online, { ...online, status: 'busy' }, { ...online, status: 'busy' });
  assert.deepEqual(told, ['online', 'busy']);
  server.socket.drop();
  await tick(200);
  assert.equal(chat.presenceOf(OTHER.id), 'busy');
  await tick(10_000);
  assert.equal(chat.presenceOf(OTHER.id), 'offline');
  server.socket.push(online);
  server.socket.drop();
  await tick(200);
  server.socket.push(online);
  await tick(10_000);
  assert.equal(chat.presenceOf(OTHER.id), 'online');
});

test('the own status is told to each new connection', async () => {
  server.handlers.presence = ({ ref }, socket) => socket.push({ type: 'ack', ref });
  await signedIn();
  await chat.setPresence('busy');
  server.socket.drop();
  await tick(200);
  assert.deepEqual(frames('presence').map(({ status }) => status), ['busy']);
  assert.equal(chat.presence, 'busy');
  assert.equal(chat.presenceOf(ME.id), 'busy');
  server.socket.drop();
  assert.equal(chat.presenceOf(ME.id), 'offline');
});

// ---- routes

test('the list of rooms brings the own positions with it', async () => {
  server.routes['GET /api/rooms'] = () => reply(200, [{ id: ROOM, readSeq: 5 }]);
  await signedIn();
  const room = chat.room(ROOM);
  await chat.rooms();
  assert.equal(room.readSeq, 5);
  room.markRead(9);
  await chat.rooms();
  assert.equal(room.readSeq, 9);
});

test('conversations come page by page, in the form of the other routes', async () => {
  const one = (i) => ({
    conversation_id: `c${i}`, type: 'p2p', name: null, created_at: 'then',
    members: [{ user_id: OTHER.id, username: 'ben', joined_at: 'then' }],
  });
  const all = Array.from({ length: 130 }, (_, i) => one(i));
  server.routes['GET /api/conversations'] = (_, query) => {
    const from = all.findIndex((given) => given.conversation_id === query.get('before')) + 1;
    return reply(200, all.slice(from, from + Number(query.get('limit'))));
  };
  await signedIn();
  const conversations = await chat.conversations();
  assert.equal(conversations.length, 130);
  assert.deepEqual(conversations[0].members, [{ id: OTHER.id, username: 'ben' }]);
});

test('an invitation ends after some seconds, or at a time', async () => {
  const path = `/api/rooms/${ROOM}/invites`;
  const bodies = [];
  server.routes[`POST ${path}`] = (body) => {
    bodies.push(body);
    return reply(201, {});
  };
  await signedIn();
  await chat.invite(ROOM, { uses: 2, expires: 3600 });
  await chat.invite(ROOM, { expires: new Date(0) });
  await chat.invite(ROOM);
  assert.deepEqual(bodies, [{ maxUses: 2, expiresIn: 3600 }, { expiresAt: '1970-01-01T00:00:00.000Z' }, {}]);
});

test('a new name is the user’s from then on', async () => {
  server.routes['PUT /api/auth/profile'] = ({ username }) => reply(200, { user: { ...ME, username } });
  await signedIn();
  await chat.updateProfile({ username: 'Countess' });
  assert.equal(chat.user.username, 'Countess');
});
