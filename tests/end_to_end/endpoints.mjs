// The clients and servers of the matrix, each a process of its own, so that it can be killed.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Browser } from './browser.mjs';
import { trusting } from './certificate.mjs';
import { reportsCodes } from './endings.mjs';
import { Peer } from './peer.mjs';

const python = '/usr/bin/python3';
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

// The options with which this Node.js has a WebSocket of its own, or null when it is too old.
export function nodeWebSocketOptions() {
  const works = (options) =>
    spawnSync(process.execPath, [...options, '-p', 'typeof WebSocket'], { encoding: 'utf8' })
      .stdout.trim() === 'function';
  return [[], ['--experimental-websocket']].find(works) ?? null;
}

const serverCommands = {
  ws: [process.execPath, here('ws_server.mjs')],
  websockets: [python, here('websockets_server.py')],
  aiohttp: [python, here('aiohttp_server.py')],
  websocketd: [process.execPath, here('websocketd_server.mjs')],
};
const clientCommands = {
  ws: () => [process.execPath, here('ws_client.mjs'), 'ws'],
  node: () => [process.execPath, ...nodeWebSocketOptions(), here('ws_client.mjs'), 'node'],
  websockets: () => [python, here('websockets_client.py')],
  aiohttp: () => [python, here('aiohttp_client.py')],
};

export class Server {
  port = 0;
  #peer;

  // `prefix` goes in front of the command, for another network namespace. With `tls`, a certificate
  // and its key, the server speaks TLS.
  static async start(library, { host = '127.0.0.1', prefix = [], tls = null } = {}) {
    const server = new Server();
    Object.assign(server, { library, host, prefix, tls });
    await server.#listen();
    return server;
  }

  // Listens on the same port each time: the capture's filter knows it.
  async #listen() {
    const files = this.tls ? [this.tls.certificate, this.tls.key] : [];
    this.#peer = new Peer([...this.prefix, ...serverCommands[this.library], this.host, String(this.port), ...files]);
    this.port = (await this.#peer.hear((message) => message.listening)).listening;
  }

  async closed(path) {
    if (!reportsCodes(this.library)) return null;
    return (await this.#peer.hear((message) => message.closed === path)).code;
  }

  async killAt(path) {
    await this.#peer.hear((message) => message.kill === path);
    await this.#peer.kill();
    await this.#listen();
  }

  kill() {
    return this.#peer.kill();
  }
}

export class Client {
  #peer;

  // `certificate` is one to trust.
  static async start(library, { certificate = null } = {}) {
    if (library === 'chromium') return Browser.start({ certificate });
    const client = new Client();
    Object.assign(client, { library, certificate });
    await client.#launch();
    return client;
  }

  async #launch() {
    this.#peer = new Peer(clientCommands[this.library](), this.certificate ? trusting(this.certificate) : {});
    await this.#peer.hear((message) => message.ready);
  }

  say(message) {
    this.#peer.say(message);
  }

  async closed(path) {
    return (await this.#peer.hear((message) => message.closed === path)).code;
  }

  async killAt(path) {
    await this.#peer.hear((message) => message.kill === path);
    await this.#peer.kill();
    await this.#launch();
  }

  kill() {
    return this.#peer.kill();
  }
}
