/**
 * Unit tests of knowing the own reactions: asked for with what is loaded, then followed by events. The
 * transport is scripted, as in room.test.mjs.
 */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { ME, OTHER, ROOM, reply, settle } from './fake.mjs';
import { clock, opened, server } from './scripted.mjs';

const PATH = `/api/rooms/${ROOM}`;
/** Message id → own emojis, as the server has them. */
let mine;
/** The places that were asked about, question by question. */
let questions;
let hold;

beforeEach(() => {
  [mine, questions, hold] = [{}, [], null];
  server.routes[`GET ${PATH}/reactions/mine`] = async (_, query) => {
    const seqs = query.get('seqs').split(',').map(Number);
    questions.push(seqs);
    const body = seqs.filter((seq) => mine[`m${seq}`]).map((seq) => ({ messageId: `m${seq}`, seq, emojis: [...mine[`m${seq}`]] }));
    const answer = reply(200, body, { 'Chat-Epoch': server.epoch, 'Chat-Seq': String(server.lastSeq) });
    await hold;
    return answer;
  };
});

function post(count, reactions = {}) {
  for (let i = 0; i < count; i++) Object.assign(server.post('hello').message, { reactions });
}

/** Somebody has given an emoji to a message, or taken it back. */
function happened(type, id, emoji, reactions, actorId = ME.id) {
  const seq = server.lastSeq + 1;
  const { message } = server.log.find((one) => one.message?.id === id);
  const event = { type, roomId: ROOM, seq, actorId, data: { emoji }, message: { ...message, reactions, rev: seq } };
  server.log.push(event);
  server.socket.push(event);
}

const own = (room, id) => [...room.reacted(id)];

test('what was given before the page was loaded is known', async () => {
  post(1);
  post(2, { '👍': 2, '🎉': 1 });
  mine = { m3: ['👍'] };
  const room = await opened();
  assert.deepEqual(questions, [[2, 3]], 'one question, about those that have some');
  assert.deepEqual([own(room, 'm1'), own(room, 'm2'), own(room, 'm3')], [[], [], ['👍']]);
});

test('nothing is asked where nobody has reacted', async () => {
  post(3);
  await opened();
  assert.deepEqual(questions, []);
});

test('of an older page, of a thread and of pins, too', async () => {
  post(51, { '👍': 1 });
  mine = { m1: ['👍'] };
  const room = await opened();
  await room.older();
  await settle();
  assert.deepEqual(own(room, 'm1'), ['👍']);
  server.routes[`GET ${PATH}/pins`] = () => reply(200, [{ ...server.log[0].message, id: 'm7', seq: 7 }]);
  mine.m7 = ['🎉'];
  await room.pins();
  await settle();
  assert.deepEqual([questions.map((seqs) => seqs.length), questions.at(-1)], [[50, 1, 1], [7]]);
  assert.deepEqual(own(room, 'm7'), ['🎉']);
});

test('another device of the same person is heard, other people are not meant', async () => {
  post(1, { '👍': 1 });
  mine = { m1: ['👍'] };
  const room = await opened();
  happened('reaction_added', 'm1', '🎉', { '👍': 1, '🎉': 1 });
  happened('reaction_added', 'm1', '😀', { '👍': 1, '🎉': 1, '😀': 1 }, OTHER.id);
  happened('reaction_removed', 'm1', '👍', { '👍': 1, '🎉': 1, '😀': 1 }, OTHER.id);
  assert.deepEqual(own(room, 'm1'), ['👍', '🎉']);
  happened('reaction_removed', 'm1', '👍', { '🎉': 1, '😀': 1 });
  assert.deepEqual(own(room, 'm1'), ['🎉']);
});

test('what happens while the answer is under way is not undone by it', async () => {
  post(2, { '👍': 1 });
  mine = { m1: ['👍'], m2: ['👍'] };
  let release;
  hold = new Promise((resolve) => { release = resolve; });
  const room = await opened();
  happened('reaction_removed', 'm1', '👍', {});
  happened('reaction_added', 'm2', '🎉', { '👍': 1, '🎉': 1 });
  release();
  await settle();
  assert.deepEqual([own(room, 'm1'), own(room, 'm2')], [[], ['👍', '🎉']]);
});

test('a question that fails is asked again when there is a connection again', async () => {
  post(1, { '👍': 1 });
  mine = { m1: ['👍'] };
  const answer = server.routes[`GET ${PATH}/reactions/mine`];
  server.routes[`GET ${PATH}/reactions/mine`] = () => reply(503, { code: 'unavailable' });
  const room = await opened();
  assert.deepEqual(own(room, 'm1'), []);
  server.routes[`GET ${PATH}/reactions/mine`] = answer;
  server.socket.drop();
  await settle();
  clock.tick(60_000);
  await settle();
  assert.deepEqual(own(room, 'm1'), ['👍']);
});

test('no question is about more than the server answers', async () => {
  post(250, { '👍': 1 });
  const room = await opened();
  server.routes[`GET ${PATH}/messages/m1/replies`] = () => reply(200, server.log.map(({ message }) => message));
  questions = [];
  await room.replies('m1', { after: 0 });
  await settle();
  assert.ok(questions.length >= 3 && questions.every((seqs) => seqs.length <= 100));
});
