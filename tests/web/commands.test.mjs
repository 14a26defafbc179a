/**
 * Unit tests of commands and of what is offered to complete: what is one, whom it means, what it refuses.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LOBBY_ID } from '../../web/chatsphere.js';
import { COMMANDS, commandIn, runCommand } from '../../web/app/commands.js';
import { placeIn } from '../../web/app/suggest.js';
import { ME, ROOM } from './fake.mjs';

const ANN = { id: 'ann', username: 'Ann' };
const LEE = { id: 'lee', username: 'Ann Lee' };

/** A room that this user owns, unless `info` says otherwise, and what has been done in it. */
function here(info = {}) {
  const done = [];
  const note = (name) => (...args) => { done.push([name, ...args]); };
  const chat = {
    user: ME,
    findUsers: async (text) => [ANN, LEE].filter(({ username }) => username.toLowerCase().startsWith(text.toLowerCase())),
    conversation: async (id) => `room with ${id}`,
    send: async (...args) => { done.push(['chat.send', ...args]); },
    addMember: note('add'), updateMember: note('member'), updateRoom: note('room'),
  };
  const page = { go: note('go'), leave: note('leave'), search: note('search'), status: note('status'), changed: () => {} };
  const names = { load: async () => {}, others: [LEE] };
  const shown = { id: ROOM, name: 'Kitchen', role: 'owner', kind: 'channel', ...info };
  const around = { chat, page, names, room: () => shown, info: () => shown };
  return { around, info: shown, send: note('say'), done };
}

async function run(text, info) {
  const place = here(info);
  const said = await runCommand(text, place).catch((error) => error.message);
  return { said, done: place.done };
}

test('a command is a slash and a word', () => {
  assert.equal(commandIn('/MSG @ann hi\nthere').command.name, 'msg');
  assert.equal(commandIn('/describe').command.name, 'topic');
  assert.equal(commandIn('/msg @ann hi\nthere').rest, '@ann hi\nthere');
  for (const text of ['/etc/passwd', '/', '/ a', '//help', 'a /help', '/42', '/a-b']) assert.equal(commandIn(text), null, text);
});

test('one that there is not, one that is not for him, one that lacks something', async () => {
  const { around, info, send } = here();
  await assert.rejects(runCommand('/tmp', { around, info, send }), { message: 'There is no command /tmp.', unknown: true });
  assert.match((await run('/rename Küche', { role: 'member' })).said, /not for you/);
  assert.match((await run('/leave', { id: LOBBY_ID })).said, /not for you/);
  for (const text of ['/rename', '/invite', '/msg', '/mute @Ann Lee soon', '/mute @Ann Lee -1', '/status asleep']) {
    const { said, done } = await run(text);
    assert.match(said, /^It goes like this: \//, text);
    assert.deepEqual(done, []);
  }
});

test('the longest name that is somebody\'s is meant', async () => {
  assert.deepEqual((await run('/msg @ann lee how are you')).done, [['chat.send', 'room with lee', 'how are you'], ['go', 'room with lee']]);
  assert.deepEqual((await run('/msg ann how are you')).done, [['chat.send', 'room with ann', 'how are you'], ['go', 'room with ann']]);
  assert.deepEqual((await run('/msg @ann')).done, [['go', 'room with ann']]);
  assert.deepEqual((await run('/invite @Ann Lee')).done, [['add', ROOM, 'lee']]);
  assert.match((await run('/invite @bob')).said, /Nobody here is called “bob”/);
  assert.match((await run('/mute @ann')).said, /Nobody in this room is called “ann”/);
});

test('muting, for an hour or as long as is said', async (t) => {
  const real = Date.now;
  t.after(() => { Date.now = real; });
  Date.now = () => 0;
  assert.deepEqual((await run('/mute @ann lee')).done, [['member', ROOM, 'lee', { mutedUntil: '1970-01-01T01:00:00.000Z' }]]);
  const { said, done } = await run('/mute @ann lee 1 min');
  assert.equal(said, 'Ann Lee may only read, for 1 minute');
  assert.deepEqual(done, [['member', ROOM, 'lee', { mutedUntil: '1970-01-01T00:01:00.000Z' }]]);
  assert.deepEqual((await run('/unmute @ann lee')).done, [['member', ROOM, 'lee', { mutedUntil: null }]]);
});

test('the others', async () => {
  const cases = {
    '/topic all of it ': ['room', ROOM, { description: 'all of it' }], '/topic': ['room', ROOM, { description: null }],
    '/rename The Kitchen': ['room', ROOM, { name: 'The Kitchen' }], '/leave': ['leave', ROOM], '/search a b': ['search', 'a b'],
    '/status Busy': ['status', 'busy'], '/shrug': ['say', '¯\\_(ツ)_/¯'], '/shrug well': ['say', 'well ¯\\_(ツ)_/¯'],
  };
  for (const [text, expected] of Object.entries(cases)) assert.deepEqual((await run(text)).done, [expected], text);
});

test('each is offered where it would not be refused, by its beginning', async () => {
  const offered = async (text, info) => {
    const { around } = here(info);
    const place = placeIn(text, around, true);
    return place && (await place.options(around)).map(({ name }) => name);
  };
  assert.deepEqual(await offered('/'), COMMANDS.map(({ name }) => name));
  assert.deepEqual(await offered('/', { kind: 'p2p', role: 'member' }), ['msg', 'status', 'search', 'shrug', 'help']);
  assert.deepEqual(await offered('/DES'), ['describe']);
  assert.deepEqual(await offered('/status a'), ['away']);
  assert.equal(await offered('/status away '), null);
  assert.equal(await offered('/etc/'), null);
});

test('where a name is being written', () => {
  const { around } = here();
  const at = (text, commanding = true) => {
    const place = placeIn(text, around, commanding);
    return place && [place.kind, place.from, place.query];
  };
  assert.deepEqual(at('hi @an'), ['name', 3, 'an']);
  assert.deepEqual(at('(@Ann Lee'), ['name', 1, 'Ann Lee']);
  assert.deepEqual(at('/msg @an'), ['name', 5, 'an']);
  assert.deepEqual(at('/', false), null, 'while a message is changed a slash is a slash');
  for (const text of ['', 'a@b', '@ a', '@a\nb', '@a  b', '@a b c d e', 'an']) assert.equal(at(text), null, text);
});
