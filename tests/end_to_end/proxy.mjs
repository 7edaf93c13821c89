// closewatch-proxy as a child process, its configuration, and the close events that it writes.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Program, freePort, until } from './program.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const loaded = 'closewatch_config_last_reload_successful{}';
const loadedAt = 'closewatch_config_last_reload_success_timestamp_seconds{}';

export class Proxy extends Program {
  #folder;

  // Without a configuration file: the quickest start that the README shows.
  static async startPlain(program, upstreamPorts, { args = [], ...options } = {}) {
    const port = await freePort();
    const upstreams = upstreamPorts.flatMap((upstream) => ['--upstream', `127.0.0.1:${upstream}`]);
    return Proxy.#start(program, port, ['--listen', `127.0.0.1:${port}`, ...upstreams, ...args], options);
  }

  // `config` is the configuration file as an object; without listeners it gets a plain one.
  static async start(program, config, { args = [], folder = temporaryFolder(), ...options } = {}) {
    const port = await freePort();
    const proxy = { ...config, listeners: config.listeners ?? [{ address: `127.0.0.1:${port}` }] };
    writeConfig(folder, proxy);
    const started = await Proxy.#start(program, port, ['--config', configFile(folder), ...args], { folder, ...options });
    started.listeners = proxy.listeners;
    return started;
  }

  static async #start(program, port, args, { folder = temporaryFolder(), threads = 2, ...options }) {
    const always = ['--events', join(folder, 'events.jsonl'), '--threads', String(threads)];
    const proxy = await super.start(program, [...args, ...always], options);
    proxy.port = port;
    proxy.#folder = folder;
    return proxy;
  }

  get url() {
    return `ws://127.0.0.1:${this.port}`;
  }

  // Writes the configuration and asks for it. Whether it was taken; throws when neither is said.
  async reload(config) {
    const before = await this.scrape();
    if (typeof config === 'string') writeFileSync(configFile(this.#folder), config);
    else writeConfig(this.#folder, { ...config, listeners: config.listeners ?? this.listeners });
    this.signal('SIGHUP');
    const told = await this.scrapeUntil((samples) =>
      samples.get(loaded) === 0 ? before.get(loaded) === 1 : samples.get(loadedAt) > before.get(loadedAt));
    if (told.get(loaded) === 1 && !(told.get(loadedAt) > before.get(loadedAt))) {
      throw new Error(`Nothing was said about a reload: ${this.stderr}`);
    }
    return told.get(loaded) === 1;
  }

  // The close events so far.
  events() {
    const file = join(this.#folder, 'events.jsonl');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line)).filter(({ event }) => event === 'websocket_closed');
  }

  // The close events as soon as there are so many, else those that there are.
  async eventsUntil(count, seconds = 10) {
    await until(() => this.events().length >= count, seconds);
    return this.events();
  }

  #memory(field) {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)[1]) * 1024;
  }

  get residentBytes() {
    return this.#memory('VmRSS');
  }

  // AddressSanitizer keeps what was freed, in terabytes of address space: no figure means much there.
  get isSanitized() {
    return this.#memory('VmSize') > 2 ** 42;
  }
}

const configFile = (folder) => join(folder, 'proxy.yaml');

// JSON is YAML too.
function writeConfig(folder, config) {
  writeFileSync(configFile(folder), JSON.stringify(config, null, 2));
}

// One service that does everything, with `options` of a service besides.
export function serviceTo(upstreamPorts, options = {}) {
  return { name: 'default', upstreams: upstreamPorts.map((port) => `127.0.0.1:${port}`), ...options };
}
