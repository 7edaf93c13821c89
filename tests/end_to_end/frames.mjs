// WebSocket frames (RFC 6455 section 5.2) as bytes, for the ends that no library plays.

import { randomBytes } from 'node:crypto';

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

// The header of a frame; a client's has a masking key of zeros unless one is given.
export function header(opcode, length, { mask = null, fin = true } = {}) {
  const first = (fin ? 0x80 : 0) | opcodes[opcode];
  const masked = mask ? 0x80 : 0;
  let bytes;
  if (length < 126) {
    bytes = Buffer.from([first, masked | length]);
  } else if (length < 65536) {
    bytes = Buffer.from([first, masked | 126, length >> 8, length & 255]);
  } else {
    bytes = Buffer.alloc(10);
    bytes.set([first, masked | 127]);
    bytes.writeBigUInt64BE(BigInt(length), 2);
  }
  return mask ? Buffer.concat([bytes, mask]) : bytes;
}

const masking = (payload, mask) => payload.map((byte, i) => byte ^ mask[i & 3]);

// A whole frame, as `sender` ("client" or "server") sends it.
export function frame(sender, opcode, payload = '', options = {}) {
  const bytes = Buffer.from(payload);
  if (sender === 'server') return Buffer.concat([header(opcode, bytes.length, options), bytes]);
  const mask = randomBytes(4);
  return Buffer.concat([header(opcode, bytes.length, { ...options, mask }), masking(bytes, mask)]);
}

export function closeFrame(sender, code, reason = '') {
  if (code === undefined) return frame(sender, 'close');
  return frame(sender, 'close', Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]));
}

const names = Object.fromEntries(Object.entries(opcodes).map(([name, value]) => [value, name]));

// The complete frames that `bytes` begins with, unmasked, and what is left.
export function frames(bytes) {
  const found = [];
  let rest = bytes;
  for (;;) {
    if (rest.length < 2) break;
    const masked = (rest[1] & 0x80) !== 0;
    let length = rest[1] & 0x7f;
    let begin = 2;
    if (length === 126) {
      if (rest.length < 4) break;
      length = rest.readUInt16BE(2);
      begin = 4;
    } else if (length === 127) {
      if (rest.length < 10) break;
      length = Number(rest.readBigUInt64BE(2));
      begin = 10;
    }
    const payloadAt = begin + (masked ? 4 : 0);
    if (rest.length < payloadAt + length) break;
    const payload = rest.subarray(payloadAt, payloadAt + length);
    const opcode = names[rest[0] & 15];
    found.push({
      opcode, masked, fin: (rest[0] & 0x80) !== 0,
      payload: masked ? Buffer.from(masking(payload, rest.subarray(begin, begin + 4))) : payload,
    });
    rest = rest.subarray(payloadAt + length);
  }
  for (const one of found.filter(({ opcode }) => opcode === 'close')) {
    one.code = one.payload.length >= 2 ? one.payload.readUInt16BE(0) : undefined;
  }
  return { frames: found, rest };
}
