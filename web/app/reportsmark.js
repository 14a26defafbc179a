/**
 * ReportsMark: says at the button of the room's dialog that something was reported there, to those who keep
 * order. No event tells of reports: it is asked for when the room is shown, and now and then while it is.
 */

const PERIOD_MS = 30_000;
const LABEL = 'About this room';

export class ReportsMark {
  #chat;
  #button;
  #roomId = '';
  #asked = -Infinity;

  /** @param {import('../chatsphere.js').ChatSphere} chat @param {HTMLElement} button */
  constructor(chat, button) {
    this.#chat = chat;
    this.#button = button;
  }

  /** @param {string} roomId the one shown, '' when this user does not keep order there */
  async look(roomId, isUrgent = false) {
    if (roomId !== this.#roomId) {
      this.#roomId = roomId;
      this.#asked = -Infinity;
      this.#draw(false);
    }
    if (!roomId || (!isUrgent && Date.now() - this.#asked < PERIOD_MS)) return;
    this.#asked = Date.now();
    const open = await this.#chat.reports(roomId, { limit: 1 }).catch(() => null);
    if (open && roomId === this.#roomId) this.#draw(open.length > 0);
  }

  /** @param {boolean} isThere something */
  #draw(isThere) {
    const label = isThere ? `${LABEL}. Something was reported` : LABEL;
    this.#button.classList.toggle('marked', isThere);
    this.#button.title = label;
    this.#button.setAttribute('aria-label', label);
  }
}
