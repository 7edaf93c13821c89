// closewatch-capture as a child process, and what it exports.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, total } from './exposition.mjs';

export const observedBy = {
  client: 'websocket_client_observed_closes_total',
  server: 'websocket_server_observed_closes_total',
};

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export class Capture {
  #child;
  #url;
  stdout = '';
  stderr = '';

  // Ready when it returns: from here on each packet is seen.
  static async start(program, args) {
    const capture = new Capture();
    const port = await freePort();
    capture.#url = `http://127.0.0.1:${port}`;
    capture.#child = spawn(program, ['--metrics-listen', `127.0.0.1:${port}`, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    capture.#child.stdout.on('data', (data) => (capture.stdout += data));
    capture.#child.stderr.on('data', (data) => (capture.stderr += data));
    capture.exited = once(capture.#child, 'close').then(([code, signal]) => signal ?? code);
    process.on('exit', () => capture.#child.kill('SIGKILL'));
    await capture.#wait('/-/ready');
    return capture;
  }

  get address() {
    return new URL(this.#url).host;
  }

  async #wait(path) {
    for (let attempt = 0; attempt < 500 && this.#child.exitCode === null; ++attempt) {
      const response = await fetch(this.#url + path).catch(() => null);
      if (response?.ok) return;
      await sleep(20);
    }
    throw new Error(`closewatch-capture did not become ready: ${this.stderr || 'it said nothing'}`);
  }

  async exposition() {
    const response = await fetch(`${this.#url}/metrics`);
    if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
    return response.text();
  }

  async scrape() {
    return parse(await this.exposition());
  }

  // The first scrape in which both ends of `count` more connections have ended than in `before`;
  // after `seconds` the last one, whatever it says.
  async scrapeAfter(before, count, seconds = 10) {
    const goal = total(before, observedBy.client) + count;
    for (const end = Date.now() + seconds * 1000; ; await sleep(20)) {
      const after = await this.scrape();
      if (total(after, observedBy.client) >= goal || Date.now() > end) return after;
    }
  }

  // SIGTERM; the exit code.
  async stop(signal = 'SIGTERM') {
    this.#child.kill(signal);
    return this.exited;
  }
}
