/**
 * The SDK against a running server: what two people do in a room beside talking, each thing once.
 *
 * Run by test_sdk.py as `node face.mjs ORIGIN SUFFIX [own]` (person.mjs). Each step waits until the other
 * one has it; the last line is `done`. Where a step hangs, its name is the last line instead.
 */

import assert from 'node:assert/strict';

import { device, person, suffix, until } from './person.mjs';

const ada = await person('Ada');
const ben = await person('Bén');

/** @param {string} name @param {() => Promise<any>} action */
async function step(name, action) {
  console.log(name);
  await action();
}

const { id } = await ada.createRoom({ name: `Face ${suffix}` });
const [hers, his] = [ada.room(id), ben.room(id)];
/** Ben's version of a message. */
const seen = (messageId) => his.messages.find((message) => message.id === messageId);
const shown = (condition) => until(his, ['change'], condition);
let root;

await step('a room that somebody is added to is followed', async () => {
  ben.followAll();
  await until(ben, ['state'], () => ben.state === 'online');
  const { code } = await ada.invite(id, { uses: 1, expires: 60 });
  assert.equal((await ada.invitations(id)).length, 1);
  assert.equal((await ben.acceptInvite(code)).id, id);
  await until(ben, ['room', 'user-event'], () => his.state === 'live');
  await Promise.all([hers.open(), his.open()]);
  await Promise.all([hers, his].map((room) => until(room, ['change'], () => room.state === 'live')));
  assert.deepEqual((await hers.members()).map(({ id: userId }) => userId).sort(), [ada.user.id, ben.user.id].sort());
});

await step('what is said is unread until it is read, on all devices', async () => {
  root = (await hers.send(`Hello @${ben.user.username}`)).id;
  await shown(() => seen(root));
  const counted = (await ben.rooms()).find((room) => room.id === id);
  assert.equal(counted.unread, 1);
  assert.equal(counted.readSeq, his.readSeq);
  his.markRead();
  await until(ada, ['read'], () => hers.reads.get(ben.user.id) >= seen(root).seq);
  assert.equal((await ben.rooms()).find((room) => room.id === id).unread, 0);
});

await step('an edit and a reaction', async () => {
  await hers.edit(root, 'Good morning');
  await shown(() => seen(root).content === 'Good morning');
  await his.toggle(root, '👍');
  await until(hers, ['change'], () => hers.messages.some(({ reactions }) => reactions?.['👍'] === 1));
  const phone = await device('Bén');
  const there = phone.room(id);
  await there.open(); // a page, which says numbers alone
  await until(there, ['change'], () => there.reacted(root).has('👍'));
  assert.deepEqual((await hers.reactors(root)).map(({ emoji, users }) => [emoji, users[0].username]), [['👍', ben.user.username]]);
  await until(there, ['change'], () => there.state === 'live');
  await his.toggle(root, '👍');
  await until(there, ['change'], () => there.reacted(root).size === 0);
  phone.disconnect();
  await until(hers, ['change'], () => hers.messages.every(({ reactions }) => !reactions?.['👍']));
});

await step('what happens to somebody is told once, also what he was not there for', async () => {
  const told = [];
  ben.on('user-event', ({ type, useq }) => { if (type === 'mention') told.push(useq); });
  ben.disconnect();
  await hers.send(`Are you there, @${ben.user.username}?`);
  ben.connect();
  await until(ben, ['user-event'], () => told.length > 0);
  await until(his, ['change'], () => his.state === 'live');
  assert.equal((await ben.rooms()).find((room) => room.id === id).mentions, 1);
  his.markRead();
  await until(ada, ['read'], () => hers.reads.get(ben.user.id) >= his.readSeq);
  assert.equal(told.length, 1);
});

await step('a change without a socket', async () => {
  ada.disconnect();
  await hers.edit(root, 'Good evening');
  assert.equal(hers.messages.find((message) => message.id === root).content, 'Good evening');
  await shown(() => seen(root).content === 'Good evening');
  ada.connect();
  await until(hers, ['change'], () => hers.state === 'live');
});

await step('a thread', async () => {
  const { id: reply } = await his.send('And to you', { parentId: root });
  await until(hers, ['change'], () => hers.messages.some(({ replyCount }) => replyCount === 1));
  assert.deepEqual((await hers.replies(root)).map((message) => message.id), [reply]);
  await his.remove(reply);
  await until(hers, ['change'], () => hers.messages.some((message) => message.id === root && message.replyCount === 0));
  const fresh = await ada.request('GET', `/api/rooms/${id}/messages/${root}`);
  assert.deepEqual(hers.messages.find((message) => message.id === root), fresh.body);
});

await step('a pin', async () => {
  await hers.pin(root);
  assert.deepEqual((await his.pins()).map((message) => message.id), [root]);
  await hers.unpin(root);
  assert.deepEqual(await his.pins(), []);
});

await step('far back', async () => {
  assert.ok(await his.reach(seen(root).seq));
  assert.ok((await his.around(root, 10)).some((message) => message.id === root));
  const [found] = await ben.search('evening', { roomId: id });
  assert.equal(found.id, root);
});

await step('typing and presence', async () => {
  hers.typing();
  await until(his, ['typing'], () => his.typists.some(({ userId }) => userId === ada.user.id));
  await ada.setPresence('busy');
  await until(ben, ['presence'], () => ben.presenceOf(ada.user.id) === 'busy');
});

await step('a conversation and a group', async () => {
  const [somebody] = await ada.findUsers(ben.user.username);
  const pair = await ada.conversation(somebody.id);
  assert.equal(await ben.conversation(ada.user.id), pair);
  const group = await ada.createGroup(`Group ${suffix}`, [ben.user.id]);
  await until(ben, ['room', 'event'], () => ben.room(group).state === 'live');
  const all = await ben.conversations();
  assert.deepEqual(all.map((one) => one.kind).sort(), ['group', 'p2p']);
});

await step('the account', async () => {
  await ada.updateProfile({ username: `Countess ${suffix}`, bio: 'mathematics' });
  assert.equal(ada.user.username, `Countess ${suffix}`);
  assert.equal((await ben.getUser(ada.user.id)).bio, 'mathematics');
  const { id: token } = await ada.createToken();
  await ada.revokeToken(token);
  assert.ok((await ada.tokens()).every((one) => one.revoked || one.id !== token));
  assert.equal((await ada.sessions()).filter(({ current }) => current).length, 1);
  await ada.changePassword('correct horse battery', 'staple correct horse');
  assert.equal(await ada.endOtherSessions(), 0);
});

await Promise.all([ada.logout(), ben.logout()]);
console.log('done');
