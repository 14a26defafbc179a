/**
 * Settings: the panel behind the own name. Its larger parts are files of their own; here is what belongs to
 * this browser and this connection: the theme, notifications, the own status.
 */

import { h } from './dom.js';
import { Panel } from './panel.js';
import { setTheme, theme } from './theme.js';

/** @type {[import('./theme.js').Theme, string][]} */
const THEMES = [['system', 'As the system'], ['light', 'Light'], ['dark', 'Dark']];
/** @type {[import('./account.js').Status, string][]} */
const STATUSES = [['online', 'Online'], ['away', 'Away'], ['busy', 'Busy: no notifications']];

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {import('./account.js').Account} account
 */
export function settingsPanel(chat, account) {
  return new Panel('Settings', [
    { id: 'profile', label: 'Profile', make: async () => (await import('./profile.js')).profileView(chat, account) },
    { id: 'status', label: 'Status', make: () => statusView(chat, account) },
    { id: 'appearance', label: 'Appearance', make: appearanceView },
    { id: 'notifications', label: 'Notifications', make: () => notificationsView(account) },
    { id: 'password', label: 'Password', make: async () => (await import('./profile.js')).passwordView(chat) },
    { id: 'sessions', label: 'Devices', make: async () => (await import('./sessions.js')).sessionsView(chat) },
    { id: 'tokens', label: 'API tokens', make: async () => (await import('./tokens.js')).tokensView(chat) },
  ]);
}

/**
 * One of a few.
 * @template {string} T
 * @param {string} legend
 * @param {string} name also the beginning of the test ids
 * @param {[T, string][]} options
 * @param {T} value
 * @param {(value: T) => any} onChosen
 */
function radios(legend, name, options, value, onChosen) {
  const labels = options.map(([one, text]) => h('label', { class: 'check' }, h('input', {
    type: 'radio', name, value: one, checked: one === value, data: { testid: `${name}-${one}` },
    onchange: () => onChosen(one),
  }), text));
  return h('fieldset', {}, h('legend', {}, legend), ...labels);
}

function appearanceView() {
  return radios('Colours', 'theme', THEMES, theme(), setTheme);
}

/** @param {import('../chatsphere.js').ChatSphere} chat @param {import('./account.js').Account} account */
function statusView(chat, account) {
  const error = h('p', { class: 'error', role: 'alert' });
  const choose = (/** @type {import('./account.js').Status} */ status) => {
    error.textContent = '';
    account.setStatus(status).catch((reason) => { error.textContent = reason.message; });
  };
  return h('div', { class: 'stack' },
    radios('What others see while you are here', 'status', STATUSES, chat.presence, choose), error);
}

/** The browser is asked by a click only: otherwise it says no for good.
 *  @param {import('./account.js').Account} account */
function notificationsView(account) {
  const note = h('p', { class: 'muted', role: 'status', data: { testid: 'notify-note' } });
  const box = h('input', {
    type: 'checkbox', checked: account.notifies, disabled: !globalThis.Notification, data: { testid: 'notify' },
    onchange: async () => {
      const allowed = box.checked && await Notification.requestPermission() === 'granted';
      note.textContent = box.checked && !allowed ? BLOCKED : '';
      box.checked = allowed;
      await account.setNotifies(allowed);
    },
  });
  if (!globalThis.Notification) note.textContent = 'This browser shows none for this page.';
  return h('div', { class: 'stack' },
    h('label', { class: 'check' }, box, 'Notify me when I am mentioned or written to'),
    h('p', { class: 'muted' }, 'Shown on this device while the page is in the background, not while you are busy.'), note);
}

const BLOCKED = 'The browser does not allow it: look at the settings of this page, beside its address.';
