/**
 * Gate: whether this user may write in the shown room just now. Where he may not, the composers say why, and
 * until when; it opens by itself. The server decides; this spares him the refusal. Fetched for the first room
 * that is not open to all.
 *
 *   shut   the room is archived, or he is muted: nothing can be written
 *   wait   slow mode: the next message can be written, and sent when its time has come
 */

import { h } from './dom.js';
import { muteEnd } from './mute.js';

const SECOND = 1_000;
/** The most that a timer is set for: they do not reach further than 24 days. */
const LONG = 3_600_000;
const EXEMPT = new Set(['owner', 'moderator']);

/** @typedef {import('../sdk/types.js').RoomInfo} RoomInfo */
/** @typedef {{kind: '' | 'shut' | 'wait', text: string, again: number}} Verdict again: look once more in so many ms */

/** @type {Verdict} */
const OPEN = { kind: '', text: '', again: 0 };

/**
 * @param {RoomInfo | undefined} info
 * @param {number} lastAt when he wrote last, by this clock; 0 when that is not known
 * @param {number} now
 * @returns {Verdict}
 */
export function verdict(info, lastAt, now) {
  if (!info) return OPEN;
  if (info.archived) return { kind: 'shut', text: 'This room is archived: it can be read, and nobody writes in it', again: 0 };
  const muted = Date.parse(info.mutedUntil ?? '') - now;
  if (muted > 0) {
    const text = `You are muted in this room ${muteEnd(info.mutedUntil ?? '')}`.trim();
    return { kind: 'shut', text, again: Math.min(muted, LONG) };
  }
  const left = lastAt + (info.slowModeSeconds ?? 0) * SECOND - now;
  if (left <= 0 || !lastAt || !info.slowModeSeconds || EXEMPT.has(info.role ?? '')) return OPEN;
  return { kind: 'wait', text: `Slow mode: you can write again in ${span(left)}`, again: left % SECOND || SECOND };
}

/** @param {number} ms */
function span(ms) {
  const seconds = Math.ceil(ms / SECOND);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}

export class Gate {
  #info;
  #room = '';
  /** The own message that was written last, and when, by this clock: the server's may differ. */
  #last = { seq: 0, at: 0 };
  #composers;
  /** The line in each composer, and what it was told last.
   *  @type {Map<import('./composer.js').Composer, {line: HTMLElement, kind: string}>} */
  #lines = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {() => RoomInfo | undefined} info of the room that is shown
   * @param {() => import('./composer.js').Composer[]} composers of this room, and of a thread in it
   */
  constructor(info, composers) {
    this.#info = info;
    this.#composers = composers;
  }

  /** The room, or what is said in it, may be another now.
   *  @param {import('../sdk/room.js').Room} room the one shown
   *  @param {string | undefined} me */
  update(room, me) {
    const last = lastOf(room.messages, me);
    if (room.id !== this.#room) this.#last = { seq: 0, at: 0 };
    this.#room = room.id;
    if (last && last.seq > this.#last.seq) {
      const now = Date.now();
      this.#last = { seq: last.seq, at: this.#last.seq ? now : Math.min(now, Date.parse(last.createdAt)) };
    }
    this.#look();
  }

  dispose() {
    clearTimeout(this.#timer);
  }

  #look() {
    clearTimeout(this.#timer);
    const { kind, text, again } = verdict(this.#info(), this.#last.at, Date.now());
    for (const composer of this.#composers()) this.#tell(composer, kind, text);
    if (again > 0) this.#timer = setTimeout(() => this.#look(), again);
  }

  /** @param {import('./composer.js').Composer} composer @param {string} kind @param {string} text */
  #tell(composer, kind, text) {
    const known = this.#lines.get(composer) ?? { line: addLine(composer), kind: '' };
    this.#lines.set(composer, known);
    known.line.setAttribute('aria-live', kind === 'wait' ? 'off' : 'polite'); // nobody wants to hear it count
    known.line.textContent = text;
    known.line.hidden = !text;
    if (kind !== known.kind) composer.gate(kind);
    known.kind = kind;
  }
}

/** From the end on: there may be thousands, and it is there.
 *  @param {import('../sdk/types.js').Message[]} messages @param {string | undefined} me */
function lastOf(messages, me) {
  let at = messages.length - 1;
  while (at >= 0 && messages[at].userId !== me) at--;
  return messages[at];
}

/** @param {import('./composer.js').Composer} composer */
function addLine(composer) {
  const line = h('p', { class: 'banner gate', role: 'status', hidden: true, data: { testid: 'gate' } });
  composer.element.prepend(line);
  return line;
}
