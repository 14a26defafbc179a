/**
 * Somebody with an account on a running server, signed in, for the scripts that test_sdk.py runs.
 *
 * Node 22 has a WebSocket, Node 20 has one behind an option; with `own` as the last argument, or where
 * there is none, it is the small one of websocket.mjs.
 */

import { webcrypto } from 'node:crypto';

import { ChatSphere } from '../../web/chatsphere.js';
import { WebSocket as OwnWebSocket } from './websocket.mjs';

globalThis.crypto ??= webcrypto; // Node 18 has it, but not there

const PASSWORD = 'correct horse battery';

export const [url, suffix, own] = process.argv.slice(2);

/** @param {string} name */
export async function person(name) {
  await new ChatSphere({ url }).register(`${name} ${suffix}`, PASSWORD);
  return device(name);
}

/** Another device of a person who has an account.
 *  @param {string} name */
export async function device(name) {
  const WebSocket = (own !== 'own' && globalThis.WebSocket) || OwnWebSocket;
  const chat = new ChatSphere({ url, WebSocket });
  await chat.login(`${name} ${suffix}`, PASSWORD);
  return chat;
}

/**
 * Resolves when `condition` holds, which is looked at again at every one of the events.
 * @param {import('../../web/sdk/emitter.js').Emitter} emitter
 * @param {string[]} types
 * @param {() => boolean} condition
 */
export function until(emitter, types, condition) {
  return new Promise((resolve) => {
    const offs = types.map((type) => emitter.on(type, look));
    function look() {
      if (!condition()) return;
      for (const off of offs) off();
      resolve();
    }
    look();
  });
}
