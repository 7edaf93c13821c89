// A TCP socket of which every byte and both kinds of end can be seen, and a server of such sockets.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { until } from './program.mjs';

const none = Buffer.alloc(0);

export class RawSocket {
  #chunks = [];
  #bytes = none;
  end = null;  // how the other side ended its direction: null, "fin" or "reset"
  closed = false;

  constructor(socket) {
    this.socket = socket;
    socket.setNoDelay?.(true);
    socket.on('data', (data) => this.#chunks.push(data));
    socket.on('end', () => (this.end ??= 'fin'));
    socket.on('error', (error) => (this.end = ['ECONNRESET', 'EPIPE'].includes(error.code) ? 'reset' : error.code));
    socket.on('close', () => (this.closed = true));
  }

  static async connect(port, { host = '127.0.0.1', localAddress, tls } = {}) {
    const options = { port, host, localAddress, allowHalfOpen: true, ...tls };
    const socket = tls ? connectTls(options) : connect(options);
    await once(socket, tls ? 'secureConnect' : 'connect');
    return new RawSocket(socket);
  }

  // Everything that came and was not taken.
  get bytes() {
    if (this.#chunks.length > 0) {
      this.#bytes = Buffer.concat([this.#bytes, ...this.#chunks]);
      this.#chunks = [];
    }
    return this.#bytes;
  }

  get text() {
    return this.bytes.toString('latin1');
  }

  take(count) {
    const taken = this.bytes.subarray(0, count);
    this.#bytes = this.bytes.subarray(count);
    return taken;
  }

  send(bytes) {
    this.socket.write(bytes);
  }

  // FIN; this side goes on reading.
  finish() {
    this.socket.end();
  }

  reset() {
    this.socket.resetAndDestroy();
  }

  destroy() {
    this.socket.destroy();
  }

  // Whether `done` held within so many seconds.
  until(done, seconds = 5) {
    return until(() => done(this), seconds, 5);
  }

  // Whether the other side ended its direction in time.
  ended(seconds = 5) {
    return this.until(() => this.end !== null || this.closed, seconds);
  }

  // An HTTP head, taken from what came; null when none came in time.
  async head(seconds = 5) {
    const complete = () => this.bytes.indexOf('\r\n\r\n') >= 0;
    await this.until(() => complete() || this.end !== null, seconds);
    return complete() ? parseHead(this.take(this.bytes.indexOf('\r\n\r\n') + 4).toString('latin1')) : null;
  }
}

// The first line, and a map of the fields; names in lower case, values of one name joined.
export function parseHead(text) {
  const [line, ...rows] = text.trimEnd().split('\r\n');
  const fields = new Map();
  for (const row of rows) {
    const name = row.slice(0, row.indexOf(':')).toLowerCase();
    const value = row.slice(row.indexOf(':') + 1).trim();
    fields.set(name, fields.has(name) ? `${fields.get(name)}, ${value}` : value);
  }
  const status = /^HTTP\/1\.1 (\d{3})/.exec(line);
  return { line, fields, status: status ? Number(status[1]) : null, target: line.split(' ')[1] };
}

export class RawServer {
  sockets = [];

  // `converse(socket)` gets every connection as a RawSocket.
  static async start(converse, { port = 0, host = '127.0.0.1' } = {}) {
    const server = new RawServer();
    server.listener = createServer({ allowHalfOpen: true }, (socket) => {
      const raw = new RawSocket(socket);
      server.sockets.push(raw);
      Promise.resolve(converse(raw)).catch((error) => {
        server.failure ??= error;
        raw.destroy();
      });
    });
    server.listener.listen({ port, host });
    await once(server.listener, 'listening');
    server.port = server.listener.address().port;
    return server;
  }

  async stop() {
    const stopped = once(this.listener, 'close');
    this.listener.close();
    for (const { socket } of this.sockets) socket.destroy();
    await stopped;
  }
}
