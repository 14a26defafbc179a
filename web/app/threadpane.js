/**
 * ThreadPane: a thread beside its room, or over it where the page is narrow, with a composer of its own.
 */

import { Actions } from './actions.js';
import { cover } from './back.js';
import { Composer } from './composer.js';
import { batched, h, icon } from './dom.js';
import { MessageList } from './messages.js';
import { Thread } from './thread.js';

export class ThreadPane {
  #around;
  /** @type {MessageList} */
  #list;
  /** @type {Composer} */
  #composer;
  /** @type {Thread | null} */
  #thread = null;
  #onToggle;
  #uncover = () => {};
  /**
   * What had the focus before.
   * @type {Element | null}
   */
  #before = null;

  /** @param {import('./actions.js').Around} around @param {(open: boolean) => void} onToggle */
  constructor(around, onToggle) {
    this.#around = around;
    this.#onToggle = onToggle;
    const actions = new Actions(around, (message) => this.#composer.edit(message));
    this.#list = new MessageList(around.chat, actions, { testid: 'thread-list', threaded: true });
    this.#composer = new Composer({
      testid: 'thread-composer', sendTestid: 'thread-send',
      send: (content) => this.#send(content),
      around,
      last: () => this.#list.lastOwn,
    });
    this.#composer.name('Reply');
    this.#list.name('');
    const close = h('button', {
      class: 'round', type: 'button', 'aria-label': 'Close thread', title: 'Close thread', data: { testid: 'thread-close' },
      onclick: () => this.close(),
    }, icon('close'));
    this.element = h('aside', {
      class: 'pane thread', 'aria-label': 'Thread', hidden: true, data: { testid: 'thread' },
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) this.close();
      },
    }, h('header', { class: 'bar' }, h('div', { class: 'titles' }, h('h2', {}, 'Thread')), close),
    this.#list.element, this.#composer.element);
  }

  get composer() {
    return this.#composer;
  }

  render = batched(() => { if (this.#thread) this.#list.render(); });

  /** @param {string} rootId */
  open(rootId) {
    if (this.#thread?.rootId !== rootId) {
      this.#before ??= document.activeElement?.closest('li') ?? document.activeElement;
      this.#thread?.close();
      this.#thread = new Thread(this.#around.room(), rootId, () => this.render());
      this.#list.show(this.#thread);
      this.#composer.show(rootId);
    }
    if (this.element.hidden) this.#uncover = cover(() => this.close());
    this.element.hidden = false;
    this.#onToggle(true);
    this.#composer.focus();
  }

  close() {
    if (!this.#thread) return;
    this.#thread.close();
    this.#thread = null;
    this.element.hidden = true;
    this.#uncover();
    this.#onToggle(false);
    if (this.#before instanceof HTMLElement) this.#before.focus();
    this.#before = null;
  }

  /** @param {string} content */
  #send(content) {
    const { rootId } = /** @type {Thread} */ (this.#thread);
    this.#around.room().send(content, { parentId: rootId }).catch(() => {}); // the message itself shows its state
    this.#list.toEnd();
  }
}
