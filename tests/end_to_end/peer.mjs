// A child process that speaks one JSON object a line on its standard input and output.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const living = new Set();
process.on('exit', () => living.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

export class Peer {
  #child;
  #unread = [];
  #waiting = [];

  // `command` is an array; it may begin with `ip netns exec NAME`. `environment` is added to ours.
  constructor(command, environment = {}) {
    this.name = command.join(' ');
    this.#child = spawn(command[0], command.slice(1), {
      stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...environment },
    });
    living.add(this.#child);
    this.#child.stdin.on('error', () => {}); // a killed peer reads no more
    this.ended = new Promise((resolve) => {
      this.#child.on('exit', () => {
        living.delete(this.#child);
        resolve();
      });
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#received(JSON.parse(line)));
  }

  #received(message) {
    const index = this.#waiting.findIndex(({ wanted }) => wanted(message));
    if (index < 0) this.#unread.push(message);
    else this.#waiting.splice(index, 1)[0].resolve(message);
  }

  say(message) {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  // The next message for which wanted(message) holds, also one that has come already.
  hear(wanted, seconds = 10) {
    const index = this.#unread.findIndex(wanted);
    if (index >= 0) return Promise.resolve(this.#unread.splice(index, 1)[0]);
    return new Promise((resolve, reject) => {
      const waiter = { wanted, resolve: (message) => (clearTimeout(timer), resolve(message)) };
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        reject(new Error(`${this.name} did not answer within ${seconds} s`));
      }, seconds * 1000);
      this.#waiting.push(waiter);
    });
  }

  async kill() {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}
