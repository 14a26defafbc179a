/**
 * Commands: what a message that begins with a slash and a word does instead of being sent. One table; the
 * composer runs them, suggest.js offers them. What is refused throws with a sentence for people, and what
 * was written stays. Fetched when a slash is first typed.
 */

import { LOBBY_ID } from '../chatsphere.js';
import { peopleCalled } from './lookup.js';
import { keyOf, triesAt } from './mentions.js';
import { ownRank, RANK } from './rank.js';

const MINUTE_MS = 60_000;
const MUTE_MINUTES = 60;
const MUTE_MINUTES_MAX = 525_600;

/** @typedef {import('../sdk/types.js').RoomInfo} RoomInfo */
/** @typedef {import('../sdk/types.js').User} User */
/** @typedef {{id: string, username: string}} Named */

/**
 * What a command works with.
 * @typedef {object} Here
 * @property {import('./actions.js').Around} around
 * @property {RoomInfo} info
 * @property {(content: string) => void} send says it here, in the room or the thread
 */

/**
 * @typedef {object} Command
 * @property {string} name
 * @property {string[]} [also]
 * @property {string} usage what is written behind it; in brackets what may be left out
 * @property {string} about
 * @property {'anyone' | 'member' | string[]} [takes] what may be completed behind it
 * @property {(info: RoomInfo, user: User | null) => boolean} may it is offered here, to him
 * @property {(here: Here, rest: string) => any} run gives what there is to say about it, if anything
 */

const always = () => true;
const isRoom = (/** @type {RoomInfo} */ { id, kind }) => id !== LOBBY_ID && kind !== 'p2p';
const keeps = (/** @type {RoomInfo} */ info, /** @type {User | null} */ user) => info.kind !== 'p2p' && ownRank(info, user) >= RANK.moderator;
const keepsMembers = (/** @type {RoomInfo} */ info, /** @type {User | null} */ user) => isRoom(info) && keeps(info, user);

/** @type {Command[]} */
export const COMMANDS = [
  { name: 'msg', usage: '@name [text]', about: 'writes to somebody alone', takes: 'anyone', may: always, run: write },
  { name: 'invite', usage: '@name', about: 'adds somebody to this room', takes: 'anyone', may: keepsMembers,
    run: async (here, rest) => {
      const { person } = await personIn(here, rest, 'anyone');
      await here.around.chat.addMember(here.info.id, person.id);
      return `${person.username} is in this room now`;
    } },
  { name: 'topic', also: ['describe'], usage: '[text]', about: 'says what this room is about', may: keeps,
    run: (here, rest) => change(here, { description: rest || null }, 'Changed what this room is about') },
  { name: 'rename', usage: 'name', about: 'gives this room another name', may: keeps,
    run: (here, rest) => change(here, { name: needed(rest) }, `This room is called ${rest} now`) },
  { name: 'mute', usage: '@name [minutes]', about: 'lets somebody only read, for an hour', takes: 'member', may: keepsMembers, run: mute },
  { name: 'unmute', usage: '@name', about: 'lets somebody write again', takes: 'member', may: keepsMembers,
    run: async (here, rest) => {
      const { person } = await personIn(here, rest, 'member');
      await here.around.chat.updateMember(here.info.id, person.id, { mutedUntil: null });
      return `${person.username} may write again`;
    } },
  { name: 'leave', usage: '', about: 'leaves this room', may: (info) => isRoom(info) && Boolean(info.role),
    run: ({ around, info }) => around.page.leave(info.id) },
  { name: 'status', usage: 'online, away or busy', about: 'what others see of you', takes: ['online', 'away', 'busy'], may: always, run: status },
  { name: 'search', usage: 'words', about: 'looks for messages', may: always,
    run: ({ around }, rest) => around.page.search(rest) },
  { name: 'shrug', usage: '[text]', about: 'says it with ¯\\_(ツ)_/¯', may: always,
    run: ({ send }, rest) => send(`${rest} ¯\\_(ツ)_/¯`.trim()) },
  { name: 'help', usage: '', about: 'shows all of these', may: always, run: help },
];

/** What no command is called.
 *  @typedef {Error & {unknown?: boolean}} Refusal */

/** @param {string} text @returns {{command: Command | undefined, word: string, rest: string} | null} */
export function commandIn(text) {
  const [whole, word, rest = ''] = /^\/([a-z]+)(?:\s+([\s\S]*))?$/i.exec(text) ?? [];
  if (whole === undefined) return null;
  const named = word.toLowerCase();
  return { command: COMMANDS.find(({ name, also = [] }) => name === named || also.includes(named)), word, rest };
}

/**
 * @param {string} text that begins with a slash and a word
 * @param {Here} here
 * @returns {Promise<string | undefined>} what there is to say about it
 */
export async function runCommand(text, here) {
  const { command, word, rest } = /** @type {any} */ (commandIn(text));
  if (!command) throw Object.assign(new Error(`There is no command /${word}.`), { unknown: true });
  if (!command.may(here.info, here.around.chat.user)) throw new Error(`/${command.name} is not for you to use here.`);
  try {
    return await command.run(here, rest.trim());
  } catch (error) {
    throw error === INCOMPLETE ? new Error(`It goes like this: /${command.name} ${command.usage}`) : error;
  }
}

const INCOMPLETE = new Error('Something is missing');

/** @param {string} rest */
function needed(rest) {
  if (!rest) throw INCOMPLETE;
  return rest;
}

/** @param {Here} here @param {object} fields @param {string} done */
async function change({ around, info }, fields, done) {
  await around.chat.updateRoom(info.id, fields);
  around.page.changed();
  return done;
}

/** @param {Here} here @param {string} rest */
async function write(here, rest) {
  const { person, text } = await personIn(here, rest, 'anyone');
  const { chat, page } = here.around;
  const roomId = await chat.conversation(person.id);
  if (text) chat.send(roomId, text).catch(() => {}); // the message itself shows its state
  page.go(roomId);
}

/** @param {Here} here @param {string} rest */
async function mute(here, rest) {
  const { person, text } = await personIn(here, rest, 'member');
  const minutes = text ? Number(text.replace(/\s*m(in(utes?)?)?\.?$/i, '')) : MUTE_MINUTES;
  if (!(minutes > 0 && minutes <= MUTE_MINUTES_MAX)) throw INCOMPLETE;
  const mutedUntil = new Date(Date.now() + minutes * MINUTE_MS).toISOString();
  await here.around.chat.updateMember(here.info.id, person.id, { mutedUntil });
  return `${person.username} may only read, for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
}

/** @param {Here} here @param {string} rest */
async function status({ around }, rest) {
  const wanted = /** @type {import('./account.js').Status} */ (rest.toLowerCase());
  if (!['online', 'away', 'busy'].includes(wanted)) throw INCOMPLETE;
  await around.page.status(wanted);
  return `Others see you as ${wanted}`;
}

/** Who is meant at the beginning of a text, and what stands behind the name.
 *  @param {Here} here @param {string} rest @param {'anyone' | 'member'} whom */
async function personIn({ around: { chat, names } }, rest, whom) {
  const said = needed(rest).replace(/^@/, '');
  const tries = triesAt(`@${said}`, 0);
  if (whom === 'member') await names.load();
  const people = whom === 'member' ? names.others : await peopleCalled(chat, tries.length > 0 ? tries : [said]);
  for (const name of tries) {
    const person = people.find(({ username }) => keyOf(username) === keyOf(name));
    if (person) return { person, text: said.slice(name.length).trim() };
  }
  throw new Error(whom === 'member' ? `Nobody in this room is called “${shortest(tries, said)}”.` : `Nobody here is called “${shortest(tries, said)}”.`);
}

/** @param {string[]} tries @param {string} said */
const shortest = (tries, said) => tries[tries.length - 1] ?? said;

/** @param {Here} here */
async function help({ around, info }) {
  const { showHelp } = await import('./help.js');
  await showHelp(COMMANDS.filter(({ may }) => may(info, around.chat.user)));
}
