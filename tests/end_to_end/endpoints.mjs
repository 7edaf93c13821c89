// The clients and servers of the matrix, each a process of its own, so that it can be killed.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Browser } from './browser.mjs';
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
  ws: (host, port) => [process.execPath, here('ws_server.mjs'), host, port],
  websockets: (host, port) => [python, here('websockets_server.py'), host, port],
};
const clientCommands = {
  ws: () => [process.execPath, here('ws_client.mjs'), 'ws'],
  node: () => [process.execPath, ...nodeWebSocketOptions(), here('ws_client.mjs'), 'node'],
  websockets: () => [python, here('websockets_client.py')],
};

export class Server {
  port = 0;
  #peer;

  // `prefix` goes in front of the command, for another network namespace.
  static async start(library, host, prefix) {
    const server = new Server();
    Object.assign(server, { library, host, prefix });
    await server.#listen();
    return server;
  }

  // Listens on the same port each time: the capture's filter knows it.
  async #listen() {
    const command = serverCommands[this.library](this.host, String(this.port));
    this.#peer = new Peer([...this.prefix, ...command]);
    this.port = (await this.#peer.hear((message) => message.listening)).listening;
  }

  async closed(path) {
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

  static async start(library) {
    const client = library === 'chromium' ? await Browser.start() : new Client();
    client.library = library;
    if (client instanceof Client) await client.#launch();
    return client;
  }

  async #launch() {
    this.#peer = new Peer(clientCommands[this.library]());
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
