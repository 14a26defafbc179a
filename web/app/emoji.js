/**
 * Emoji: those that the picker offers, with the names that a screen reader says. Others may come from
 * other clients; those go by themselves.
 */

/** @type {[emoji: string, name: string][]} */
export const EMOJI = [
  ['👍', 'Thumbs up'], ['👎', 'Thumbs down'], ['❤️', 'Heart'], ['😂', 'Tears of joy'],
  ['🎉', 'Party'], ['😮', 'Surprised'], ['😢', 'Sad'], ['😡', 'Angry'],
  ['🙏', 'Thank you'], ['👏', 'Applause'], ['🔥', 'Fire'], ['💯', 'Hundred'],
  ['✅', 'Done'], ['❌', 'No'], ['👀', 'Looking'], ['🤔', 'Thinking'],
  ['🚀', 'Rocket'], ['💡', 'Idea'], ['☕', 'Coffee'], ['🍰', 'Cake'],
  ['😊', 'Smile'], ['😉', 'Wink'], ['😅', 'Phew'], ['👋', 'Wave'],
];

const NAMES = new Map(EMOJI);

/** @param {string} emoji */
export function emojiName(emoji) {
  return NAMES.get(emoji) ?? emoji;
}
