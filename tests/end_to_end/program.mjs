// closewatch-capture or closewatch-proxy as a child process, and what it exports.

import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, total } from './exposition.mjs';

process.setMaxListeners(0);  // each child is ended when this process ends

export const observedBy = {
  client: 'websocket_client_observed_closes_total',
  server: 'websocket_server_observed_closes_total',
};

// Below the ports that the system gives to connections, one of which could take it in between.
export async function freePort() {
  for (;;) {
    const server = createServer().listen(randomInt(10000, 32000), '127.0.0.1');
    const listening = await once(server, 'listening').then(() => true, () => false);
    if (!listening) continue;
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
  }
}

// True as soon as `done` is, false when it was not within so many seconds.
export async function until(done, seconds = 10, pause = 20) {
  for (const end = Date.now() + seconds * 1000; ; await sleep(pause)) {
    if (await done()) return true;
    if (Date.now() > end) return false;
  }
}

export class Program {
  #child;
  #url;
  stdout = '';
  stderr = '';

  // Ready when it returns. `options` are those of spawn(); `launcher` goes in front of the command.
  static async start(program, args, { launcher = [], ...options } = {}) {
    const started = new this();
    const port = await freePort();
    started.name = basename(program);
    started.#url = `http://127.0.0.1:${port}`;
    const command = [...launcher, program, '--metrics-listen', `127.0.0.1:${port}`, ...args];
    const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    started.#child = child;
    child.stdout.on('data', (data) => (started.stdout += data));
    child.stderr.on('data', (data) => (started.stderr += data));
    started.exited = once(child, 'close').then(([code, signal]) => signal ?? code);
    process.on('exit', () => child.kill('SIGKILL'));
    if (!(await until(() => child.exitCode !== null || started.ready())) || child.exitCode !== null) {
      throw new Error(`${started.name} did not become ready: ${started.stderr || 'it said nothing'}`);
    }
    return started;
  }

  get address() {
    return new URL(this.#url).host;
  }

  get pid() {
    return this.#child.pid;
  }

  get running() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async ready() {
    const response = await fetch(`${this.#url}/-/ready`).catch(() => null);
    return response?.ok ?? false;
  }

  async exposition() {
    const response = await fetch(`${this.#url}/metrics`).catch(() => null);
    if (!response) throw new Error(`${this.name} is gone (${this.#child.signalCode ?? this.#child.exitCode}): ${this.stderr}`);
    if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
    return response.text();
  }

  async scrape() {
    return parse(await this.exposition());
  }

  // The first scrape for which `done` holds; after `seconds` the last one, whatever it says.
  async scrapeUntil(done, seconds = 10) {
    let samples;
    await until(async () => done((samples = await this.scrape())), seconds);
    return samples;
  }

  // The first scrape in which both ends of `count` more connections have ended than in `before`.
  async scrapeAfter(before, count, seconds = 10) {
    const goal = total(before, observedBy.client) + count;
    return this.scrapeUntil((samples) => total(samples, observedBy.client) >= goal, seconds);
  }

  signal(name) {
    this.#child.kill(name);
  }

  // SIGTERM; the exit code, or the signal that ended it.
  async stop(signal = 'SIGTERM') {
    this.signal(signal);
    const hangs = sleep(40000, 'SIGKILL, since it did not end by itself', { ref: false });
    const ended = await Promise.race([this.exited, hangs]);
    if (this.running) this.signal('SIGKILL');
    return ended;
  }
}
