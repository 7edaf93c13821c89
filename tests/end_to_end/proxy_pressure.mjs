// Ends that stop reading, that vanish, and too many of them: the proxy stops the other side's sending,
// keeps little, notices, and never spins.
//
// Usage: proxy_pressure.mjs CLOSEWATCH_PROXY

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { increases } from './exposition.mjs';
import { header } from './frames.mjs';
import { acceptRaw, openRaw } from './opening_handshake.mjs';
import { NetworkNamespace } from './network_namespace.mjs';
import { finish, needProgram } from './outcome.mjs';
import { Peer } from './peer.mjs';
import { freePort, until } from './program.mjs';
import { Proxy, serviceTo } from './proxy.mjs';
import { RawServer } from './raw_socket.mjs';

const [program] = process.argv.slice(2);
needProgram(program);
const found = [];
const chunk = Buffer.alloc(1 << 16);
for (let i = 0; i < chunk.length; ++i) chunk[i] = (i * 7 + (i >> 8)) & 255;

function expect(what, is, should) {
  if (String(is) !== String(should)) found.push(`${what}: ${is}, not ${should}`);
}

// Writes a frame of so many bytes as fast as it is taken. `written` counts what the system took.
class Sender {
  written = 0;

  constructor(socket, length) {
    this.socket = socket.socket;
    this.length = length;
    this.hash = createHash('sha256');
    this.socket.write(header('binary', length));
    this.done = this.#run();
  }

  async #run() {
    while (this.written < this.length && !this.socket.destroyed) {
      const part = chunk.subarray(0, Math.min(chunk.length, this.length - this.written));
      this.hash.update(part);
      const taken = await new Promise((resolve) => this.socket.write(part, (error) => resolve(!error)));
      if (!taken) return;
      this.written += part.length;
    }
  }
}

async function stopped(senders) {
  const sum = () => senders.reduce((all, { written }) => all + written, 0);
  for (let before = -1; before !== sum(); await sleep(500)) before = sum();
  return sum();
}

const connections = 20;
const length = 16 << 20;
const mostKept = 32 << 10;  // per connection

// Clients that stop reading in the middle of what they are sent. Then they go on.
async function stopsTheSender() {
  const serving = [];
  const upstream = await RawServer.start(async (socket) => {
    await acceptRaw(socket);
    serving.push(socket);
  });
  const proxy = await Proxy.startPlain(program, [upstream.port]);
  const clients = [];
  for (let i = 0; i < connections; ++i) {
    const client = await openRaw(proxy.port);
    client.socket.pause();
    client.socket.removeAllListeners('data');
    clients.push(client);
  }
  await until(() => serving.length === connections);
  const before = proxy.residentBytes;
  const senders = serving.map((socket) => new Sender(socket, length));
  const taken = await stopped(senders);
  const samples = await proxy.scrape();
  const buffered = increases(new Map(), samples, 'closewatch_proxy_buffered_bytes', []).get('') ?? 0;
  const grown = proxy.isSanitized ? 0 : proxy.residentBytes - before;
  console.log(`${connections} stalled readers: ${taken >> 20} of ${connections * length >> 20} MiB were taken, ${buffered} bytes are kept, ${grown >> 10} KiB more resident`);
  if (taken >= connections * length) found.push('The senders were never stopped.');
  if (buffered > connections * mostKept) found.push(`${buffered} bytes are kept for ${connections} connections.`);
  if (grown > connections * (mostKept + 4096) + (1 << 20)) found.push(`${connections} stalled connections cost ${grown} bytes.`);

  const received = await Promise.all(clients.map((client) => hashOf(client, length)));
  await Promise.all(senders.map(({ done }) => done));
  const sent = senders[0].hash.digest('hex');
  expect('the bytes after a stall', received.filter((hash) => hash !== sent).length, 0);
  for (const { socket } of [...clients, ...serving]) socket.destroy();
  expect('the exit code', await proxy.stop(), 0);
  await upstream.stop();
}

// The SHA-256 of the payload of the one frame that comes.
function hashOf({ socket }, count) {
  const hash = createHash('sha256');
  let skip = header('binary', count).length;
  let left = count;
  return new Promise((resolve) => {
    socket.on('data', (data) => {
      const payload = data.subarray(skip);
      skip -= data.length - payload.length;
      hash.update(payload);
      left -= payload.length;
      if (left === 0) resolve(hash.digest('hex'));
    });
    socket.on('close', () => resolve(`cut with ${left} bytes to come`));
    socket.resume();
  });
}

// A client whose host is gone, while the upstream goes on sending.
async function noticesAVanishedClient() {
  let namespace;
  try {
    namespace = NetworkNamespace.create('vanish');
  } catch (error) {
    console.log(`No client vanishes: network namespaces are not permitted here (${error.message}).`);
    return;
  }
  let serving;
  const upstream = await RawServer.start(async (socket) => {
    await acceptRaw(socket);
    serving = socket;
  });
  const port = await freePort();
  const proxy = await Proxy.start(program, {
    listeners: [{ address: `${namespace.here}:${port}` }],
    services: [serviceTo([upstream.port], { timeouts: { tcp_user_timeout: '3s' } })],
  });
  const client = new Peer([...namespace.prefix, process.execPath, fileURLToPath(new URL('ws_client.mjs', import.meta.url)), 'ws']);
  await client.hear(({ ready }) => ready);
  client.say({ url: `ws://${namespace.here}:${port}/vanishes?by=nobody` });
  if (!(await until(() => serving))) throw new Error('the client in the namespace did not connect');
  const sending = setInterval(() => serving.socket.writable && serving.send(Buffer.concat([header('text', 4), Buffer.from('tick')])), 100);
  await sleep(500);
  namespace.swallow();
  const began = Date.now();
  const [event] = await proxy.eventsUntil(1, 12);
  const seconds = (Date.now() - began) / 1000;
  console.log(`a vanished client was noticed after ${seconds} s: ${event?.initiator} ${event?.cause}`);
  if (!event) found.push('A vanished client was not noticed within 12 s.');
  else expect('a vanished client', `${event.cause} ${event.client_observed} ${event.server_observed}`, 'vanished 1006 1006');
  if (seconds < 2) found.push(`A client that had vanished for only ${seconds} s was given up.`);
  expect('its upstream was told', await serving.ended(2), true);
  clearInterval(sending);
  await client.kill();
  expect('the exit code', await proxy.stop(), 0);
  await upstream.stop();
}

const cpuSeconds = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

// No file descriptor is left: those who came are served, the others wait, and nothing spins.
async function pausesWithoutDescriptors() {
  const upstream = await RawServer.start(async (socket) => {
    await acceptRaw(socket);
    await socket.ended(60);
    socket.finish();
  });
  const proxy = await Proxy.startPlain(program, [upstream.port], { launcher: ['prlimit', '--nofile=64:64'] });
  const opened = [];
  let holding = true;
  for (let i = 0; i < 60; ++i) {
    openRaw(proxy.port).then((socket) => (holding ? opened.push(socket) : socket.destroy()), () => {});
  }
  await sleep(1000);
  const busy = cpuSeconds(proxy.pid);
  await sleep(2000);
  const spent = cpuSeconds(proxy.pid) - busy;
  const served = opened.length;
  console.log(`without descriptors: ${served} of 60 are open, ${spent} s of CPU in 2 s`);
  if (served < 5 || served === 60) found.push(`With 64 descriptors ${served} of 60 connections were opened.`);
  if (spent > 0.3) found.push(`Without descriptors it spent ${spent} s of 2 s.`);
  holding = false;
  for (const socket of opened) socket.destroy();
  expect('opened when descriptors are free', await until(async () => {
    const socket = await openRaw(proxy.port).catch(() => null);
    socket?.destroy();
    return socket !== null;
  }, 10), true);
  const pauses = increases(new Map(), await proxy.scrape(), 'closewatch_proxy_accept_pauses_total', []).get('');
  if (!(pauses > 0)) found.push('No pause of accepting was counted.');
  expect('the exit code', await proxy.stop(), 0);
  await upstream.stop();
}

await noticesAVanishedClient();
await stopsTheSender();
await pausesWithoutDescriptors();
finish(found);
