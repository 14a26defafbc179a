/**
 * The SDK against a running server: two people in one room, each sending while the connection may break.
 *
 * Run by test_sdk.py as `node live.mjs ORIGIN SUFFIX [own]` (person.mjs). Prints `half` when half of the
 * messages are on their way (which is when the gateway is killed) and at the end one line of JSON: for
 * each person the contents in the order of the stream, the contents of the page and how often the room
 * was reset.
 */

import { person, suffix, until } from './person.mjs';

const EACH = 8; // below the burst of 10 that a person has in a room

/** Opens a room and notes what its stream delivers. */
async function listener(chat, roomId) {
  const room = chat.room(roomId);
  const heard = { chat, room, live: [], resets: 0 };
  room.on('message', ({ content }) => heard.live.push(content));
  room.on('reset', () => heard.resets++);
  await room.open();
  return heard;
}

/** Sends at once what `from` to `to` counts, each a promise of its being stored. */
function say({ chat, room }, from, to) {
  return Array.from({ length: to - from }, (_, i) => room.send(`${chat.user.username} ${from + i}`));
}

const ada = await person('Ada');
const ben = await person('Bén');
const { id } = await ada.createRoom({ name: `Node ${suffix}` });
await ben.joinRoom(id);
ben.followAll(); // on one frame with all his rooms, Ada by a join of her own
const both = [await listener(ada, id), await listener(ben, id)];

const first = both.flatMap((one) => say(one, 0, EACH / 2));
await Promise.race(first);
console.log('half');
const second = both.flatMap((one) => say(one, EACH / 2, EACH));
const complete = ({ room, live }) => until(room, ['change'], () => live.length >= 2 * EACH);
await Promise.all([...first, ...second, ...both.map(complete)]);

const report = both.map(({ live, resets, room }) => ({
  live, resets, shown: room.messages.map(({ content }) => content), pending: room.pending.length,
}));
await Promise.all([ada.logout(), ben.logout()]);
console.log(JSON.stringify(report));
