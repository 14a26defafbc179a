/**
 * Forms: what the settings and the administration are made of. A form that says how it went, a button that
 * asks back, what is permitted.
 */

import { h, refill } from './dom.js';
import { isBusy, setBusy } from './focus.js';

/** @typedef {Node | string | null | false} Content */

const whenFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** What the contract permits.
 *  @type {Record<string, string>} */
const PERMISSIONS = {
  read: 'Read', write: 'Write', rooms: 'Manage rooms', users: 'Manage accounts', admin: 'Administer',
};

/** Errors that are about a field and do not name it.
 *  @type {Record<string, string>} */
const FIELDS = { username_taken: 'username', email_taken: 'email', role_taken: 'name', bad_password: 'current_password' };

let forms = 0;

/**
 * @param {{label: string, testid: string, done?: string, submit: () => Promise<any>}} action may throw: its
 *   message is shown, and the field that it is about, found by its `name`, is marked. `done`, or the text that
 *   comes of it, is said afterwards
 * @param {...Content} content
 * @returns {HTMLFormElement}
 */
export function form({ label, testid, done = '', submit }, ...content) {
  const note = h('p', { class: 'note', role: 'status', data: { testid: `${testid}-done` } });
  const error = h('p', { class: 'error', role: 'alert', id: `form-error-${++forms}`, data: { testid: `${testid}-error` } });
  const button = h('button', { class: 'primary', type: 'submit', data: { testid } }, label);
  const fail = (/** @type {any} */ reason) => {
    error.textContent = sentence(reason.message);
    mark(element, FIELDS[reason.code] ?? reason.field, error.id);
  };
  const onsubmit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isBusy(button)) return;
    note.textContent = error.textContent = '';
    mark(element, undefined, error.id);
    setBusy(true, button);
    await submit().then((said) => { note.textContent = typeof said === 'string' ? said : done; }, fail);
    setBusy(false, button);
  };
  const element = h('form', { onsubmit }, ...content, h('div', { class: 'submit' }, button, note), error);
  return element;
}

/** The field of this name is what is wrong; undefined: none is.
 *  @param {HTMLFormElement} element @param {string | undefined} name @param {string} error id of what is said */
function mark(element, name, error) {
  for (const one of element.querySelectorAll('[name]')) {
    const isIt = one.getAttribute('name') === name;
    for (const [attribute, value] of [['aria-invalid', 'true'], ['aria-describedby', error]]) {
      if (isIt) one.setAttribute(attribute, value);
      else one.removeAttribute(attribute);
    }
    if (isIt) /** @type {HTMLElement} */ (one).focus();
  }
}

/**
 * @param {string} label
 * @param {string} testid
 * @param {Record<string, any>} options value is what stands in it
 */
export function field(label, testid, { value = '', tag = 'input', ...props }) {
  const input = h(tag, { autocomplete: 'off', ...props, data: { testid } });
  input.value = value ?? '';
  return { input, label: h('label', {}, label, input) };
}

/**
 * @param {string} label
 * @param {string} testid
 * @param {Map<string, string>} options texts by value
 * @param {string} value
 */
export function choice(label, testid, options, value) {
  const select = h('select', { data: { testid } },
    ...[...options].map(([one, text]) => h('option', { value: one, selected: one === value }, text)));
  return { select, label: h('label', {}, label, select) };
}

/**
 * A button that does at the second press what cannot be taken back.
 * @param {{label: string, sure: string, what: string, testid: string, run: () => Promise<any>}} action
 *   what: it is done to, for those who only hear it
 * @returns {HTMLButtonElement}
 */
export function sureButton({ label, sure, what, testid, run }) {
  let asked = false;
  const draw = () => {
    refill(button, asked ? sure : label, h('span', { class: 'sr-only' }, ` ${what}`));
    button.classList.toggle('danger', asked);
  };
  const press = async () => {
    const meant = asked;
    asked = !meant;
    draw();
    if (meant) await run();
  };
  const calm = () => {
    asked = false;
    draw();
  };
  const button = h('button', { class: 'small', type: 'button', data: { testid }, onclick: press, onblur: calm });
  draw();
  return button;
}

/**
 * @param {string[]} offered names of permissions
 * @param {string[]} checked
 */
export function permissionFields(offered, checked) {
  const boxes = offered.map((name) => h('input', {
    type: 'checkbox', name, checked: checked.includes(name), data: { testid: `may-${name}` },
  }));
  const labels = boxes.map((box) => h('label', { class: 'check' }, box, PERMISSIONS[box.name]));
  return {
    element: h('fieldset', {}, h('legend', {}, 'It may'), ...labels),
    value: () => Object.fromEntries(boxes.map((box) => [box.name, box.checked])),
  };
}

/** All there are, from the least to the most. */
export const permissionNames = Object.keys(PERMISSIONS);

/** @param {Record<string, boolean>} permissions */
export function permissionText(permissions) {
  return permissionNames.filter((name) => permissions[name]).map((name) => PERMISSIONS[name]).join(', ') || 'Nothing';
}

/** @param {string} iso */
export const when = (iso) => h('time', { datetime: iso }, whenFormat.format(new Date(iso)));

/** @param {string} detail `email: is …`, as it is said on a page */
export const sentence = (detail) => detail.charAt(0).toUpperCase() + detail.slice(1).replace(/^(\w+): /, '$1 ').replaceAll('_', ' ');
