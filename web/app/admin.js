/**
 * Administration: the panel at #admin, for ADMINs. The server decides what they may; this only asks.
 */

import { Panel } from './panel.js';

/**
 * @param {import('../chatsphere.js').ChatSphere} chat
 * @param {() => void} onClose
 */
export function adminPanel(chat, onClose) {
  return new Panel('Administration', [
    { id: 'figures', label: 'Live', make: async () => (await import('./figures.js')).figuresView(chat) },
    { id: 'accounts', label: 'Users', make: async () => (await import('./accounts.js')).accountsView(chat) },
    { id: 'audit', label: 'Audit log', make: async () => (await import('./audit.js')).auditView(chat) },
    { id: 'roles', label: 'Roles', make: async () => (await import('./roles.js')).rolesView(chat) },
    { id: 'applications', label: 'API tokens', make: async () => (await import('./applications.js')).applicationsView(chat) },
  ], onClose);
}
