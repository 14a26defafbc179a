/**
 * Dialogs: the browser's own modal ones, which keep the focus inside, close on Escape and give the focus back.
 */

import { cover } from './back.js';
import { h, icon } from './dom.js';
import { isBusy, setBusy } from './focus.js';

/**
 * Opens a dialog with a form. `submit` may throw: its message shows and the dialog stays, as it does
 * afterwards with `stays`.
 * @param {string} title
 * @param {(Node | string | null | false)[]} content
 * @param {{label: string, testid: string, danger?: boolean, stays?: boolean, submit: () => Promise<any>} | null} action
 * @returns {HTMLDialogElement}
 */
export function openDialog(title, content, action) {
  const error = h('p', { class: 'error', role: 'alert' });
  const close = h('button', {
    class: 'round', type: 'button', 'aria-label': 'Close', onclick: () => dialog.close(),
  }, icon('close'));
  const button = action && h('button', {
    class: action.danger ? 'primary danger' : 'primary', type: 'submit', data: { testid: action.testid },
  }, action.label);
  const form = h('form', {
    onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      if (!action || isBusy(button)) return;
      error.textContent = '';
      setBusy(true, button);
      await action.submit().then(() => action.stays || dialog.close(), (reason) => { error.textContent = reason.message; });
      setBusy(false, button);
    },
  }, ...content, error, button);
  const dialog = h('dialog', {
    'aria-label': title,
    onclose: () => {
      uncover();
      dialog.remove();
      restoreCaret();
    },
  }, h('header', {}, h('h2', { dir: 'auto' }, title), close), form);
  document.body.append(dialog);
  dialog.showModal();
  const uncover = cover(() => dialog.close());
  return dialog;
}

/** A field that has the focus back after Escape may be left without its caret by Chromium, and takes no text then. */
function restoreCaret() {
  const field = document.activeElement;
  if (field instanceof HTMLTextAreaElement) field.setSelectionRange(field.selectionStart, field.selectionEnd);
}
