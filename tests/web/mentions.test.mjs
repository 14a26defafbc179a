/**
 * Unit tests of the names behind an @: what may be one is what the server takes for one (the cases are those
 * of tests/unit/test_mentions.c), whom it means depends on who is in the room, and where it stands.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LOBBY_ID } from '../../web/chatsphere.js';
import { parse } from '../../web/app/markdown.js';
import { canBeNamed, keyOf, mentionsIn } from '../../web/app/mentions.js';
import { Naming } from '../../web/app/naming.js';
import '../../web/app/lookup.js'; // else the first import() takes longer than a turn
import { ME, OTHER, ROOM, settle } from './fake.mjs';

const ANN = { id: 'ann', username: 'Ann' };
const ANN_LEE = { id: 'lee', username: 'Ann Lee' };

/** Names in a room, and what was asked of the server. */
function namesIn(people, roomId = ROOM) {
  const asked = [];
  let changes = 0;
  const findUsers = async (text, { limit }) => {
    asked.push(text);
    return people.filter(({ username }) => keyOf(username).startsWith(keyOf(text))).slice(0, limit);
  };
  const members = async () => {
    asked.push('members');
    return people;
  };
  const names = new Naming({ user: ME, findUsers }, () => { changes += 1; });
  names.show({ id: roomId, members });
  const told = async (content, userId = OTHER.id) => {
    names.in({ content, userId });
    await settle();
    await new Promise((resolve) => { setTimeout(resolve); }); // an import() takes more than a microtask
    await settle();
    return names.in({ content, userId });
  };
  return { names, asked, told, changes: () => changes };
}

/** The names that are marked in a text, the own one with a bang. */
function marked(content, mentions) {
  const all = [];
  const walk = (nodes) => nodes.forEach((node) => {
    if (node.type === 'mention') all.push(node.own ? `${node.text}!` : node.text);
    walk(node.children ?? []);
  });
  walk(parse(content, mentions?.at));
  return all;
}

test('where a name may end, as the server sees it', () => {
  const cases = {
    '': [], hello: [], '@': [], '@ ann': [], '@\nann': [], 'ann@example.org': [], 'josé@example.org': [],
    '@ann': [['ann']],
    '(@ann)': [['ann)', 'ann']],
    'hi @ann, look': [['ann, look', 'ann,', 'ann']],
    '@ann lee\nhello': [['ann lee', 'ann']],
    '@ann  lee': [['ann']],
    '@a b c d e': [['a b c d', 'a b c', 'a b', 'a']],
    "@j.doe's": [["j.doe's", 'j.doe', 'j']],
    '@josé…': [['josé…', 'josé']],
    '@ann,@bob': [['ann,@bob', 'ann'], ['bob']],
    '@room\n@ann@bob': [['room'], ['ann@bob', 'ann']],
    '「@ann': [['ann']],
    '😀@ann': [],
    '@😀': [['😀']],
  };
  for (const [text, tries] of Object.entries(cases)) assert.deepEqual(mentionsIn(text), tries, text);
});

test('the bounds are the server\'s', () => {
  const name = '𝒂'.repeat(100); // code points, not units
  assert.deepEqual(mentionsIn(`@${name}`), [[name]]);
  assert.deepEqual(mentionsIn(`@${name}a`), []);
  assert.equal(mentionsIn('@a\n'.repeat(50)).length, 20);
  assert.equal(mentionsIn('@a.b.c.d.e.f.g.h.i.j')[0][0], 'a.b.c.d.e.f.g.h');
});

test('a name that an @ cannot reach', () => {
  for (const name of ['Ann', 'Ann Lee', 'bob!', 'J. R. R. Tolkien', '李雷', "O'Neil-Smith"]) assert.ok(canBeNamed(name), name);
  for (const name of ['a b c d e', 'room', 'ROOM', 'a.b.c.d.e.f.g.h.i']) assert.ok(!canBeNamed(name), name);
});

test('who is in the room is named, the longest name first, and nobody else', async () => {
  const { told, asked } = namesIn([ME, ANN, ANN_LEE]);
  const content = '@Ann Lee, @ANN and @ada, not @bob nor a@ann';
  const mentions = await told(content);
  assert.deepEqual(marked(content, mentions), ['@Ann Lee', '@ANN', '@ada!']);
  assert.ok(mentions.own);
  assert.deepEqual(asked, ['members']);
});

test('nobody names himself; @room is everybody else', async () => {
  const { names, told } = namesIn([ME, ANN]);
  assert.equal((await told('@ann', ANN.id)), null);
  assert.equal(names.in({ content: '@ada, I' }), null, 'an own one that is on its way');
  const all = names.in({ content: '@Room!', userId: ANN.id });
  assert.ok(all.own);
  assert.deepEqual(marked('@Room!', all), ['@Room!']);
  assert.ok(!names.in({ content: '@room', userId: ME.id }).own);
});

test('marks and code around a name', async () => {
  const { told } = namesIn([ME, ANN]);
  const content = '**@ann** `@ann` https://a.example/@ann\n> @ann\n```\n@ann\n```\n*@ann,*';
  assert.deepEqual(marked(content, await told(content)), ['@ann', '@ann', '@ann']);
  assert.deepEqual(parse('@ann **b**'), parse('@ann **b**', () => null), 'an @ is only an @');
  assert.equal((await told('`@ada`')).own, true, 'the server does not know code');
});

test('what stands behind the twentieth names nobody', async () => {
  const { told } = namesIn([ME, ANN]);
  const content = `${'@x '.repeat(20)} @ann`;
  assert.equal(await told(content), null);
});

test('nor what stands behind the fiftieth place where somebody might be named', () => {
  assert.deepEqual(mentionsIn(`${'@\n'.repeat(50)}@ann`), []);
  assert.deepEqual(mentionsIn(`${'@\n'.repeat(49)}a@b.c @ann`), [['ann']]);
});

test('in the lobby names are looked up, once, and no more of them than a page bears', async () => {
  const { told, asked, names, changes } = namesIn([ANN, ANN_LEE], LOBBY_ID);
  assert.deepEqual(marked('@Ann Lee hi', await told('@Ann Lee hi')), ['@Ann Lee']);
  await told('@Ann Lee hi');
  assert.deepEqual(asked, ['Ann']);
  assert.equal(changes(), 1);
  for (let i = 0; i < 100; i++) names.in({ content: `@nobody${i}`, userId: OTHER.id });
  for (let turn = 0; turn < 60; turn++) await told('');
  assert.equal(asked.length, 60);
});
