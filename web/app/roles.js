/**
 * Roles: what there is beside the three of the server, each with its permissions.
 */

import { h } from './dom.js';
import { field, form, permissionFields, permissionNames, permissionText, sureButton } from './forms.js';
import { Listing } from './listing.js';

/** @param {import('../chatsphere.js').ChatSphere} chat of an administrator */
export async function rolesView(chat) {
  const name = field('Name', 'role-name', { name: 'name', required: true, maxlength: '100' });
  const about = field('What it is for (optional)', 'role-description', { name: 'description', maxlength: '255' });
  const may = permissionFields(permissionNames, []);
  /** @type {Listing} */
  const listing = new Listing({
    testid: 'roles', empty: 'There is none.', draw, load: async () => (await chat.request('GET', '/auth/roles')).body,
  });
  const submit = async () => {
    const description = about.input.value.trim() || null;
    await chat.request('POST', '/auth/roles', { name: name.input.value.trim(), description, permissions: may.value() });
    name.input.value = about.input.value = '';
    await listing.refresh();
  };

  /** @param {any} role */
  function draw(role) {
    return [
      h('p', { class: 'name' }, role.name, role.built_in && h('small', { class: 'tag' }, 'built in')),
      role.description && h('p', { class: 'muted' }, role.description),
      h('p', { class: 'muted' }, permissionText(role.permissions)),
      !role.built_in && sureButton({
        label: 'Delete', sure: 'Delete it?', what: role.name, testid: 'role-delete',
        run: () => listing.change(() => chat.request('DELETE', `/auth/roles/${role.id}`)),
      }),
    ];
  }

  await listing.refresh();
  return h('div', { class: 'stack' }, listing.element, h('h3', {}, 'New role'),
    form({ label: 'Make it', testid: 'role-create', done: 'Made', submit }, name.label, about.label, may.element));
}
