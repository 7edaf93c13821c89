// Many connections of several clients, for a while, through a proxy whose upstreams are killed and come
// back and whose configuration changes: memory stays flat, every byte comes back as it was sent, and the
// counters add up.
//
// Usage: soak.mjs CLOSEWATCH_PROXY
// CLOSEWATCH_SOAK_SECONDS: how long, 60 unless it is set.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { increases, total } from './exposition.mjs';
import { finish, needProgram, staysItself } from './outcome.mjs';
import { Peer } from './peer.mjs';
import { freePort, observedBy } from './program.mjs';
import { Proxy, serviceTo } from './proxy.mjs';

const [program] = process.argv.slice(2);
needProgram(program);
const seconds = Number(process.env.CLOSEWATCH_SOAK_SECONDS ?? 60);
const found = [];
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const python = '/usr/bin/python3';

class Upstream {
  static async start() {
    const upstream = new Upstream();
    upstream.port = await freePort();
    await upstream.listen();
    return upstream;
  }

  async listen() {
    this.peer = new Peer([process.execPath, here('echo_server.mjs'), String(this.port)]);
    await this.peer.hear(({ listening }) => listening, 30);
  }

  async die() {
    await this.peer.kill();
    await sleep(300);
    await this.listen();
  }
}

const clients = [
  ['ws', [process.execPath, here('churn_client.mjs')]],
  ['websockets', [python, here('churn_client.py')]],
];

const config = (upstreams, options) => ({
  services: [serviceTo(upstreams.map(({ port }) => port), {
    passive_health_check: { failures: 2, pause: '500ms' }, timeouts: { half_close: '5s' }, ...options,
  })],
});

// What changes from one reload to the next.
const variants = [{}, { balance: 'least_connections' }, { on_upstream_lost: { code: 1013, reason: 'upstream lost' } }];

async function disturb(proxy, upstreams, until) {
  let reloads = 0;
  let kills = 0;
  for (let turn = 0; Date.now() < until; ++turn) {
    await sleep(700);
    if (turn % 3 === 2) {
      ++kills;
      await upstreams[kills % upstreams.length].die();
    } else {
      const some = turn % 2 === 0 ? upstreams : upstreams.slice(1);
      if (!(await proxy.reload(config(some, variants[turn % variants.length])))) found.push(`reload ${turn} was not taken`);
      ++reloads;
    }
  }
  return { reloads, kills };
}

const sum = (samples, family, by = [], key = '') => increases(new Map(), samples, family, by).get(key) ?? 0;

const upstreams = await Promise.all([1, 2, 3].map(() => Upstream.start()));
// What ASan keeps of freed memory is bounded, so that growth can be seen.
const asan = [process.env.ASAN_OPTIONS, 'quarantine_size_mb=4'].filter(Boolean).join(':');
const proxy = await Proxy.start(program, config(upstreams, {}), {
  args: staysItself, env: { ...process.env, ASAN_OPTIONS: asan },
});
const started = clients.map(([name, command]) => {
  const peer = new Peer([...command, proxy.url, name]);
  return { name, peer };
});
const end = Date.now() + seconds * 1000;
const disturbing = disturb(proxy, upstreams, end);
await sleep(seconds * 1000 / 3);
const third = proxy.residentBytes;
const { reloads, kills } = await disturbing;
const last = proxy.residentBytes;

const seen = [];
for (const { name, peer } of started) {
  peer.say({ stop: true });
  const told = await peer.hear(({ stopped }) => stopped, 60).catch((error) => ({ failures: [error.message], opened: [], refused: 0, messages: 0, bytes: 0 }));
  console.log(`${name}: ${told.opened.length} opened, ${told.refused} not, ${told.messages} messages with ${told.bytes >> 20} MiB came back`);
  found.push(...told.failures.map((failure) => `${name}: ${failure}`));
  if (told.opened.length < seconds) found.push(`${name}: only ${told.opened.length} connections were opened`);
  seen.push(...told.opened);
}
const samples = await proxy.scrapeUntil((all) => sum(all, 'websocket_open_connections') === 0, 20);
const opened = sum(samples, 'websocket_opening_handshakes_total', ['result'], 'opened');
const closed = total(samples, 'websocket_connections_closed_total');
const events = await proxy.eventsUntil(closed);
console.log(`${seconds} s: ${opened} opened, ${reloads} reloads, ${kills} upstreams killed; resident ${third >> 10} KiB after a third, ${last >> 10} KiB at the end`);

const expect = (what, is, should) => is === should || found.push(`${what} is ${is}, not ${should}`);
expect('what is open', sum(samples, 'websocket_open_connections'), 0);
expect('what has closed', closed, opened);
for (const [side, family] of Object.entries(observedBy)) expect(`the sum of what ${side}s observed`, total(samples, family), closed);
expect('the number of close events', events.length, closed);
const times = new Map();
for (const { path } of events) times.set(path, (times.get(path) ?? 0) + 1);
const missing = seen.filter((path) => times.get(path) !== 1);
if (missing.length > 0) found.push(`${missing.length} connections have not one close event, such as ${missing[0]}`);
if (last > third * 1.25 + (4 << 20)) found.push(`It grew from ${third >> 10} to ${last >> 10} KiB.`);
for (const { peer } of [...started, ...upstreams]) await peer.kill();
const exitCode = await proxy.stop();
if (exitCode !== 0) found.push(`closewatch-proxy ended with ${exitCode}: ${proxy.stderr.slice(-4000)}`);
finish(found);
