/**
 * A WebSocket for a Node that has none (before 22; Debian 12 has 18), of node:http and nothing else, so
 * that the end-to-end check of the SDK runs there, too.
 *
 * The part of the browser's interface that the SDK uses: `onopen`, `onmessage` (text), `onclose` (once),
 * `onerror`, `send` and `close`. No extensions; what RFC 6455 asks of a client beside that is here:
 * masked frames, pongs, fragments, and a close that is answered.
 */

import { createHash, randomBytes } from 'node:crypto';
import { get } from 'node:http';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CONTINUED = 0;
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export class WebSocket {
  #socket = null;
  #received = Buffer.alloc(0);
  /** The fragments of a message that is under way. */
  #parts = [];
  #end = { code: 1006, reason: '' };
  #ended = false;

  /** @param {string} url ws: only @param {string[]} protocols */
  constructor(url, protocols) {
    const key = randomBytes(16).toString('base64');
    const request = get(url.replace(/^ws:/, 'http:'), {
      agent: false,
      headers: {
        Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': key, 'Sec-WebSocket-Protocol': protocols.join(', '),
      },
    });
    request.on('upgrade', (answer, socket, head) => this.#opened(answer, socket, head, key));
    request.on('response', (answer) => {
      answer.resume();
      this.#closed();
    });
    request.on('error', () => this.#closed());
  }

  /** @param {string} text */
  send(text) {
    this.#write(TEXT, Buffer.from(text));
  }

  close(code = 1000, reason = '') {
    const payload = Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
    this.#end = { code, reason };
    this.#write(CLOSE, payload);
    this.#socket?.end();
  }

  #opened({ headers }, socket, head, key) {
    const proof = createHash('sha1').update(key + GUID).digest('base64');
    if (headers['sec-websocket-accept'] !== proof) return socket.destroy();
    this.#socket = socket;
    socket.on('data', (data) => this.#read(data));
    socket.on('close', () => this.#closed());
    socket.on('error', () => {}); // a close follows
    this.onopen?.();
    return this.#read(head);
  }

  #closed() {
    if (this.#ended) return;
    this.#ended = true;
    this.onclose?.(this.#end);
  }

  /** @param {Buffer} data */
  #read(data) {
    this.#received = Buffer.concat([this.#received, data]);
    for (;;) {
      const frame = frameOf(this.#received);
      if (!frame || this.#ended) return;
      this.#received = this.#received.subarray(frame.length);
      this.#take(frame);
    }
  }

  #take({ opcode, isLast, payload }) {
    if (opcode === PING) this.#write(PONG, payload);
    if (opcode === CLOSE) this.#closing(payload);
    if (opcode !== TEXT && opcode !== CONTINUED) return;
    this.#parts.push(payload);
    if (!isLast) return;
    const text = Buffer.concat(this.#parts).toString();
    this.#parts = [];
    this.onmessage?.({ data: text });
  }

  /** @param {Buffer} payload */
  #closing(payload) {
    if (payload.length >= 2) this.#end = { code: payload.readUInt16BE(), reason: payload.subarray(2).toString() };
    this.#write(CLOSE, payload);
    this.#socket.end();
  }

  /** @param {number} opcode @param {Buffer} payload */
  #write(opcode, payload) {
    if (!this.#socket?.writable) return;
    const mask = randomBytes(4);
    const masked = Buffer.from(payload.map((byte, i) => byte ^ mask[i % 4]));
    this.#socket.write(Buffer.concat([headOf(opcode, payload.length), mask, masked]));
  }
}

/** The head of a frame that is masked. @param {number} opcode @param {number} length */
function headOf(opcode, length) {
  if (length < 126) return Buffer.from([128 | opcode, 128 | length]);
  if (length < 65536) return Buffer.from([128 | opcode, 128 | 126, length >> 8, length & 255]);
  const head = Buffer.alloc(10);
  head.set([128 | opcode, 128 | 127]);
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** The first frame, null while it is not complete. A server's frames have no mask. @param {Buffer} data */
function frameOf(data) {
  if (data.length < 2) return null;
  const short = data[1] & 127;
  const from = { 126: 4, 127: 10 }[short] ?? 2;
  if (data.length < from) return null;
  let size = short;
  if (short === 126) size = data.readUInt16BE(2);
  if (short === 127) size = Number(data.readBigUInt64BE(2));
  const length = from + size;
  if (data.length < length) return null;
  return { opcode: data[0] & 15, isLast: (data[0] & 128) !== 0, payload: data.subarray(from, length), length };
}
