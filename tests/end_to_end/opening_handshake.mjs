// The opening handshake (RFC 6455 section 4) by hand: heads with anything in them that a test needs.

import { createHash, randomBytes } from 'node:crypto';
import { RawSocket } from './raw_socket.mjs';

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export const acceptFor = (key) => createHash('sha1').update(key + guid).digest('base64');

const rows = (fields) => Object.entries(fields).filter(([, value]) => value !== undefined)
  .map(([name, value]) => `${name}: ${value}\r\n`).join('');

// A field of `changed` takes the place of the usual one; undefined leaves it out.
export function upgradeRequest(target, changed = {}, { method = 'GET', version = 'HTTP/1.1' } = {}) {
  const fields = {
    Host: 'closewatch.test', Upgrade: 'websocket', Connection: 'Upgrade',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'), 'Sec-WebSocket-Version': 13, ...changed,
  };
  return `${method} ${target} ${version}\r\n${rows(fields)}\r\n`;
}

export function upgradeResponse(key, changed = {}) {
  const fields = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': acceptFor(key), ...changed };
  return `HTTP/1.1 101 Switching Protocols\r\n${rows(fields)}\r\n`;
}

// A raw client with an open WebSocket, or an error that says what came instead.
export async function openRaw(port, target = '/', options = {}) {
  const socket = await RawSocket.connect(port, options);
  socket.send(upgradeRequest(target, options.fields));
  const head = await socket.head();
  if (head?.status !== 101) throw new Error(`${target} was answered with ${head?.line ?? socket.end ?? 'nothing'}`);
  return socket;
}

// The server's part of it; resolves with the head of the request.
export async function acceptRaw(socket, changed = {}) {
  const head = await socket.head();
  if (!head) throw new Error(`no request came: ${JSON.stringify(socket.text)}`);
  socket.send(upgradeResponse(head.fields.get('sec-websocket-key'), changed));
  return head;
}
