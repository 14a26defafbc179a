/**
 * Lookup: people by what may be their names, asked of the server. Fetched when it is first needed.
 */

/** The most that the server gives at once. */
const PAGE = 100;

/** @typedef {{id: string, username: string}} Named */

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {string[]} tries each the beginning of the one before (mentions.js)
 * @returns {Promise<Named[]>} everybody who is called so, and others whose names only begin so
 */
export async function peopleCalled(chat, tries) {
  const found = await chat.findUsers(tries[tries.length - 1], { limit: PAGE });
  if (found.length < PAGE) return found; // all that begin like the shortest, the longer ones among them
  for (const name of tries.slice(0, -1)) found.push(...await chat.findUsers(name, { limit: 1 }));
  return found;
}
