/**
 * Suggest: what may be meant by what stands before the caret: somebody behind an @, a command behind a
 * slash at the beginning, or one of the few words that a command takes.
 */

import { LOBBY_ID } from '../chatsphere.js';
import { COMMANDS, commandIn } from './commands.js';
import { face } from './face.js';
import { h } from './dom.js';
import { canBeNamed, EVERYBODY, keyOf, mayBegin } from './mentions.js';

const OFFERED = 8;
/** As the server's rules for names have it: no more words, and none of these in them. */
const WORDS_MAX = 4;
const BREAK = /[\0-\x1f\x7f]|^ | {2}/;
const WORD = /(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu;

/**
 * Where something is being written that may be completed.
 * @typedef {object} Place
 * @property {string} kind of what it may be
 * @property {number} from where what is chosen goes, up to the caret
 * @property {string} query what stands there, without its sign
 * @property {string} label of the list
 * @property {boolean} remote the server is asked: not at each key
 * @property {(around: Around) => Option[] | Promise<Option[]>} options the likeliest first
 */
/**
 * @typedef {object} Option
 * @property {string} name what `query` is the beginning of
 * @property {string} text to be written
 * @property {() => Node[]} draw
 */
/** @typedef {import('./actions.js').Around} Around */
/** @typedef {{id: string, username: string}} Named */

/**
 * @param {string} before what stands before the caret
 * @param {Around} around
 * @param {boolean} commanding a command is one, here
 * @returns {Place | null}
 */
export function placeIn(before, around, commanding) {
  const slash = commanding && /^\/([a-z]*)$/i.exec(before);
  if (slash) return { kind: 'command', from: 0, query: slash[1], label: 'Commands', remote: false, options: (all) => commands(slash[1], all) };
  const { command, rest } = (commanding && commandIn(before)) || {};
  if (Array.isArray(command?.takes)) return choicePlace(before, rest ?? '', command?.takes ?? []);
  const at = before.lastIndexOf('@');
  const query = before.slice(at + 1);
  if (at < 0 || !mayBegin(before, at) || BREAK.test(query) || query.split(' ').length > WORDS_MAX) return null;
  const anyone = command?.takes === 'anyone' || around.room().id === LOBBY_ID;
  return { kind: 'name', from: at, query, label: 'People', remote: anyone, options: (all) => people(query, all, anyone, Boolean(command)) };
}

/** @param {string} before @param {string} rest @param {string[]} words @returns {Place | null} */
function choicePlace(before, rest, words) {
  if (/\s/.test(rest)) return null;
  const options = words.filter((word) => word.startsWith(rest.toLowerCase()))
    .map((word) => ({ name: word, text: word, draw: () => [h('b', {}, word)] }));
  return { kind: 'choice', from: before.length - rest.length, query: rest, label: 'Choices', remote: false, options: () => options };
}

/** @param {string} query @param {Around} around @returns {Option[]} */
function commands(query, { info, chat, room }) {
  const here = info() ?? { id: room().id, name: '' };
  return COMMANDS.filter(({ name, also = [], may }) => [name, ...also].some((one) => one.startsWith(query.toLowerCase())) && may(here, chat.user))
    .map(({ name, also = [], usage, about }) => {
      const called = name.startsWith(query.toLowerCase()) ? name : also.find((one) => one.startsWith(query.toLowerCase())) ?? name;
      return { name: called, text: `/${called} `, draw: () => [
        h('b', {}, `/${called}`), h('span', { class: 'usage' }, usage), h('span', { class: 'about' }, about)] };
    });
}

/**
 * @param {string} query @param {Around} around
 * @param {boolean} anyone not only members
 * @param {boolean} forCommand it is for this one person to act on
 * @returns {Promise<Option[]>}
 */
async function people(query, around, anyone, forCommand) {
  const { chat, names, info } = around;
  if (!anyone) await names.load();
  const found = anyone ? await chat.findUsers(query, { limit: OFFERED + 1 }) : names.others;
  const key = keyOf(query);
  const ranked = found.filter(({ id, username }) => id !== chat.user?.id && canBeNamed(username))
    .map((one) => ({ one, rank: rankOf(keyOf(one.username), key) + (chat.presenceOf(one.id) === 'offline' ? 0.5 : 0) }))
    .filter(({ rank }) => rank < NOT_AT_ALL)
    .sort((a, b) => a.rank - b.rank || a.one.username.localeCompare(b.one.username));
  const options = ranked.slice(0, OFFERED).map(({ one }) => person(one, chat.presenceOf(one.id)));
  return EVERYBODY.startsWith(key) && !forCommand && info()?.kind !== 'p2p' ? [...options, everybody()] : options;
}

const NOT_AT_ALL = 2;

/** How well a name is meant: from its beginning, or from that of one of its words.
 *  @param {string} name @param {string} wanted keys */
function rankOf(name, wanted) {
  if (name.startsWith(wanted)) return 0;
  return [...name.matchAll(WORD)].some(({ index }) => name.startsWith(wanted, index)) ? 1 : NOT_AT_ALL;
}

/** @param {Named} named @param {import('../sdk/presence.js').Status} status @returns {Option} */
function person({ username }, status) {
  return { name: username, text: `@${username}`, draw: () => [face(username, status), h('b', { dir: 'auto' }, username), h('span', { class: 'about' }, status)] };
}

/** @returns {Option} */
function everybody() {
  return { name: EVERYBODY, text: `@${EVERYBODY}`, draw: () => [h('b', {}, '@room'), h('span', { class: 'about' }, 'everybody here')] };
}
