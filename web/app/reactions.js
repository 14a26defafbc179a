/**
 * Reactions: those that a message has, as buttons that give and take back and say who has given them when
 * they are pointed at or have the focus. Others are given by the picker (picker.js).
 */

import { emojiName } from './emoji.js';
import { h } from './dom.js';

/**
 * @param {Record<string, number>} counts by emoji
 * @param {ReadonlySet<string>} own those that this user has given
 * @param {{toggle: (emoji: string) => void, people: () => Promise<Map<string, string>>}} actions people: who
 *   has given each, as a text
 * @returns {HTMLElement | null}
 */
export function reactionBar(counts, own, { toggle, people }) {
  const given = Object.entries(counts).filter(([, count]) => count > 0);
  if (given.length === 0) return null;
  const buttons = given.map(([emoji, count]) => h('button', {
    class: 'reaction', type: 'button', title: emojiName(emoji), data: { testid: 'reaction', emoji },
    'aria-label': `${emojiName(emoji)}, ${count}`, 'aria-pressed': String(own.has(emoji)),
    onclick: () => toggle(emoji),
  }, h('span', { class: 'emoji', 'aria-hidden': 'true' }, emoji), String(count)));
  const tell = once(async () => {
    const texts = await people();
    for (const button of buttons) button.title = texts.get(button.dataset.emoji) ?? button.title;
  });
  return h('div', {
    class: 'reactions', role: 'group', 'aria-label': 'Reactions', onpointerover: tell, onfocusin: tell,
  }, ...buttons);
}

/** Until it succeeds.
 *  @param {() => Promise<void>} task */
function once(task) {
  let begun = false;
  return () => {
    if (begun) return;
    begun = true;
    task().catch(() => { begun = false; });
  };
}

/**
 * @param {import('../sdk/types.js').Reaction} reaction
 * @param {{id: string} | null} me
 * @param {boolean} isMine this user is one of them, named or not
 */
export function whose({ emoji, count, users }, me, isMine) {
  const names = users.filter(({ id }) => id !== me?.id).map(({ username }) => username ?? 'a deleted account');
  if (isMine) names.unshift('you');
  const others = count - names.length;
  if (others > 0) names.push(others === 1 ? '1 other' : `${others} others`);
  const last = names.pop();
  return `${emojiName(emoji)}: ${names.length ? `${names.join(', ')} and ` : ''}${last}`;
}
