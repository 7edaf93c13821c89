// WebSockets through closewatch-proxy that meet everything the metrics tell of: every ending, pings,
// violations, refused handshakes, limits, TLS, a mass closure.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeCertificate } from './certificate.mjs';
import { endings, possible } from './endings.mjs';
import { Client, Server } from './endpoints.mjs';
import { closeFrame, frame, header } from './frames.mjs';
import { play } from './matrix.mjs';
import { acceptRaw, openRaw, upgradeRequest } from './opening_handshake.mjs';
import { Program, freePort } from './program.mjs';
import { Proxy, serviceTo } from './proxy.mjs';
import { RawServer, RawSocket } from './raw_socket.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

// The server's part, by the path of the request.
const answers = {
  '/raw/silent': acceptRaw,
  '/raw/mute': () => {},
  '/raw/refuse': async (socket) => {
    await socket.head();
    socket.send('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
  },
  '/raw/bulk': async (socket) => {
    await acceptRaw(socket);
    // More than the buffers of the kernel on the way take.
    socket.send(Buffer.concat([header('binary', 32 << 20), Buffer.alloc(32 << 20)]));
  },
  '/raw/ping': async (socket) => {
    await acceptRaw(socket);
    await socket.until(({ bytes }) => bytes.length > 0);
    socket.send(frame('server', 'pong'));
  },
  '/raw/fin': async (socket) => {
    await acceptRaw(socket);
    await socket.until(({ bytes }) => bytes.length > 0);
    socket.finish();
  },
};

async function answer(socket) {
  await socket.until(({ bytes }) => bytes.length > 0);
  const [, path] = /^GET (\S+)/.exec(socket.text) ?? [];
  await answers[path]?.(socket);
  await socket.ended(60);
  socket.destroy();
}

export class EveryEnding {
  #held = [];
  #plays = 0;

  static async start(proxyProgram) {
    const traffic = new EveryEnding();
    const folder = temporaryFolder();
    traffic.server = await Server.start('ws');
    traffic.client = await Client.start('ws');
    traffic.raw = await RawServer.start(answer);
    traffic.tlsPort = await freePort();
    const plain = await freePort();
    traffic.proxy = await Proxy.start(proxyProgram, {
      listeners: [
        { address: `127.0.0.1:${plain}` },
        { address: `127.0.0.1:${traffic.tlsPort}`, tls: { certificates: [makeCertificate(folder)] } },
      ],
      services: [
        serviceTo([traffic.server.port], { name: 'chat' }),
        serviceTo([traffic.raw.port], { name: 'raw' }),
        serviceTo([await freePort()], { name: 'gone' }),
      ],
      routes: [
        { paths: ['/denied'], deny: true }, { paths: ['/gone'], service: 'gone' },
        { paths: ['/raw'], service: 'raw' }, { service: 'chat' },
      ],
      timeouts: { opening_handshake: '1s' }, drain: { window: '0s', deadline: '1s' },
    });
    traffic.proxy.port = plain;
    return traffic;
  }

  // A capture of the same traffic, whose services disagree about 4000. One connection is older than it.
  async capture(program) {
    this.#held.push(await openRaw(this.server.port));
    const config = join(temporaryFolder(), 'capture.yaml');
    writeFileSync(config, `services:
  - {name: chat, ports: [${this.server.port}], codes: {4000: session-expired, 4001: moved}}
  - {name: raw, ports: [${this.raw.port}], codes: {4000: signed-out}}
`);
    const ports = [this.server.port, this.raw.port, this.tlsPort].map((port) => `tcp port ${port}`);
    return Program.start(program, ['-i', 'lo', '--config', config, ports.join(' or ')]);
  }

  async #libraries() {
    for (const ending of endings.filter((one) => possible(one, 'ws', 'ws'))) {
      await play(ending, this.client, this.server, `/${++this.#plays}`, this.proxy.url);
    }
  }

  async #raw(path, bytes, end = (socket) => socket.finish()) {
    const socket = await openRaw(this.proxy.port, path);
    socket.send(bytes);
    await sleep(100);
    end(socket);
    await socket.ended(1);
    socket.destroy();
  }

  async #unopened() {
    for (const path of ['/denied', '/gone', '/raw/refuse', '/raw/mute']) {
      await openRaw(this.proxy.port, path).catch(() => {});
    }
    await (await fetch(`http://127.0.0.1:${this.proxy.port}/`)).text();
    for (const [port, text] of [[this.proxy.port, upgradeRequest('/').replaceAll('\r\n', '\n')], [this.tlsPort, 'no TLS at all\r\n\r\n']]) {
      const socket = await RawSocket.connect(port);
      socket.send(text);
      await socket.ended(1);
      socket.destroy();
    }
  }

  // Everything once; what stays open does so until the end.
  async round() {
    this.#held[0].send(Buffer.concat([frame('client', 'text', 'hello'), frame('client', 'text', 'hello')]));
    await this.#libraries();
    await this.#raw('/raw/silent', frame('client', 'ping'));
    await this.#raw('/raw/silent', frame('client', 'text', 'abcdef').subarray(0, 5));
    await this.#raw('/raw/silent', frame('server', 'text', 'not masked'));
    await this.#raw('/raw/fin', closeFrame('client', 1000));
    await this.#raw('/raw/ping', frame('client', 'ping'), () => {});
    await this.#unopened();
    const slow = await openRaw(this.proxy.port, '/raw/bulk');
    slow.socket.pause();
    const secure = await openRaw(this.tlsPort, '/raw/silent', { tls: { rejectUnauthorized: false } });
    this.#held.push(slow, secure);
  }

  async massClosure(count = 25) {
    const sockets = [];
    for (let i = 0; i < count; ++i) sockets.push(await openRaw(this.proxy.port, '/raw/silent'));
    for (const socket of sockets) socket.reset();
  }

  async stop() {
    for (const socket of this.#held) socket.destroy();
    await Promise.all([this.client.kill(), this.server.kill(), this.raw.stop()]);
  }
}
