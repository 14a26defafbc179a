/**
 * What each unit test of the SDK has: a scripted server (fake.mjs), a client of it, and a clock that is moved
 * by hand. They are new for each test; who imports them sees those of the test that runs.
 */

import { afterEach, beforeEach } from 'node:test';

import { ChatSphere } from '../../web/chatsphere.js';
import { MemoryStorage } from '../../web/sdk/storage.js';
import { FakeClock, FakeServer, ROOM, settle } from './fake.mjs';

/** @type {FakeServer} */
export let server;
/** @type {ChatSphere} */
export let chat;
/** @type {MemoryStorage} */
export let storage;
export const clock = new FakeClock();

/** The page was loaded anew: another client, of the same server and with what is stored. */
export function reload() {
  chat = new ChatSphere({ ...server.parts, storage });
}

beforeEach(() => {
  clock.install();
  server = new FakeServer();
  storage = new MemoryStorage();
  reload();
});

afterEach(() => {
  chat.disconnect();
  clock.uninstall();
});

/**
 * Signs in and opens the room.
 * @param {(room: import('../../web/sdk/room.js').Room) => void} [prepare] gets it before it is opened
 */
export async function opened(prepare) {
  await chat.login('ada', 'correct horse');
  const room = chat.room(ROOM);
  prepare?.(room);
  room.open();
  await settle();
  return room;
}

export async function tick(ms) {
  clock.tick(ms);
  await settle();
}

export const contents = (room) => room.messages.map(({ content }) => content);
