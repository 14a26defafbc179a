/**
 * Asking: how routes.js and roomroutes.js put their questions.
 */

/** @typedef {{request(method: string, path: string, body?: object): Promise<{body: any, headers: Headers}>}} Asker */

/** @param {Asker} asker @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
export async function ask(asker, method, path, body) {
  return (await asker.request(method, path, body)).body;
}

/** @param {Asker} asker @param {string} path */
export const get = (asker, path) => ask(asker, 'GET', path);

/** @param {string} path @param {string} id */
export const at = (path, id) => `${path}/${encodeURIComponent(id)}`;

/** @param {Record<string, any>} fields those that are undefined are left out */
export function query(fields) {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return new URLSearchParams(known.map(([name, value]) => [name, String(value)]));
}
