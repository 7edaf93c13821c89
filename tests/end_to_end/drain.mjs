// A proxy that is told to stop: every WebSocket gets its Close at a frame boundary, which its library
// reports as 1012 and not as 1006, and nobody is kept waiting beyond the deadline.
//
// Usage: drain.mjs CLOSEWATCH_PROXY

import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { Browser } from './browser.mjs';
import { Client, Server } from './endpoints.mjs';
import { increases } from './exposition.mjs';
import { frame, frames, header } from './frames.mjs';
import { acceptRaw, openRaw } from './opening_handshake.mjs';
import { finish, needProgram } from './outcome.mjs';
import { observedBy, until } from './program.mjs';
import { Proxy, serviceTo } from './proxy.mjs';
import { RawServer, RawSocket } from './raw_socket.mjs';

const [program] = process.argv.slice(2);
needProgram(program);
const found = [];

function expect(what, is, should) {
  if (String(is) !== String(should)) found.push(`${what}: ${is}, not ${should}`);
}

// How often each value occurs: "200 x 1012".
function tally(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => `${count} x ${value}`).join(', ') || 'none';
}

const servers = ['ws', 'websockets'];
const silent = { ws: 80, websockets: 80, chromium: Browser.installed() ? 40 : 0 };
const silentCount = Object.values(silent).reduce((sum, count) => sum + count);

// Connections that say hello and are silent then. Resolves when they are open with what tells the
// codes that both ends report.
async function holdSilent(proxy, startedServers, clients, browser) {
  const paths = Object.entries(silent).flatMap(([library, count]) =>
    Array.from({ length: count }, (_, i) => ({ library, path: `/${servers[i % 2]}/${library}/${i}`, server: startedServers[i % 2] })));
  const url = ({ path }) => `${proxy.url}${path}?by=nobody`;
  for (const client of clients) {
    for (const one of paths.filter(({ library }) => library === client.library)) client.say({ url: url(one) });
  }
  const pages = paths.filter(({ library }) => library === 'chromium');
  const pageCodes = browser ? await browser.hold(pages.map(url)) : () => [];
  const reported = (end, { path }) => end.closed(path).catch(() => 'nothing');
  return {
    clients: async () => [...await pageCodes(), ...await Promise.all(clients.flatMap((client) =>
      paths.filter(({ library }) => library === client.library).map((one) => reported(client, one))))],
    servers: () => Promise.all(paths.map((one) => reported(one.server, one))),
  };
}

const size = 1 << 20;
const payload = Buffer.alloc(size, 'a');

// The raw ends of connections that are in the middle of a large frame when the drain begins.
class MidFrame {
  sockets = new Map();

  async serve(socket) {
    const { target } = await acceptRaw(socket);
    this.sockets.set(target, socket);
  }

  async open(proxy) {
    // A library in the middle of what it receives.
    this.library = new WebSocket(`${proxy.url}/raw/to-client`);
    this.library.on('message', (data) => (this.message = data));
    this.code = once(this.library, 'close').then(([code]) => code);
    await once(this.library, 'open');
    // A server in the middle of what it receives; and a client that is never sent the rest.
    this.sender = await openRaw(proxy.port, '/raw/to-server');
    this.starved = await openRaw(proxy.port, '/raw/never');
    await until(() => this.sockets.size === 3);
    for (const target of ['/raw/to-client', '/raw/never']) {
      this.sockets.get(target).send(Buffer.concat([header('binary', size), payload.subarray(0, size / 2)]));
    }
    this.whole = frame('client', 'binary', payload);
    this.sender.send(this.whole.subarray(0, size / 2));
    await this.sockets.get('/raw/to-server').until(({ bytes }) => bytes.length === size / 2);
    await this.starved.until(({ bytes }) => bytes.length > size / 2);
  }

  // The rest, after the drain has begun.
  finish() {
    this.sockets.get('/raw/to-client').send(payload.subarray(size / 2));
    this.sender.send(this.whole.subarray(size / 2));
  }

  async judge() {
    expect('the code after a large message', await this.code, 1012);
    if (!this.message?.equals(payload)) found.push(`the large message arrived with ${this.message?.length} bytes, or not as it was sent`);
    const toServer = frames(this.sockets.get('/raw/to-server').bytes);
    expect('the frames of the server', toServer.frames.map(({ opcode, payload: { length } }) => `${opcode} ${length}`), `binary ${size},close 2`);
    if (!toServer.frames[0]?.payload.equals(payload)) found.push('the large message to the server is not as it was sent');
    expect('the Close of the server', `${toServer.frames[1]?.code} ${toServer.frames[1]?.masked}`, '1001 true');
    // Nothing may stand where the rest of the frame belongs.
    await this.starved.ended();
    expect('the client in the middle of a frame', this.starved.bytes.length, header('binary', size).length + size / 2);
  }
}

// A plain request that is being answered when the drain begins.
async function startSlowAnswer() {
  const server = createServer((_, response) => {
    response.write('first ');
    setTimeout(() => response.end('second'), 1500);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function read(url) {
  const [response] = await once(get(url), 'response');
  let body = '';
  for await (const data of response) body += data;
  return body;
}

const refused = (port) => RawSocket.connect(port).then((socket) => socket.destroy() ?? false, () => true);

async function drainsMany() {
  const startedServers = await Promise.all(servers.map((library) => Server.start(library)));
  const midFrame = new MidFrame();
  const raw = await RawServer.start((socket) => midFrame.serve(socket));
  const slow = await startSlowAnswer();
  const proxy = await Proxy.start(program, {
    services: [
      ...startedServers.map(({ library, port }) => serviceTo([port], { name: library })),
      serviceTo([raw.port], { name: 'raw' }), serviceTo([slow.address().port], { name: 'slow' }),
    ],
    routes: [...[...servers, 'raw', 'slow'].map((service) => ({ paths: [`/${service}`], service })), { service: 'ws' }],
    drain: { window: '1s', deadline: '4s' },
  });
  const clients = await Promise.all(['ws', 'websockets'].map((library) => Client.start(library)));
  const browser = Browser.installed() ? await Browser.start() : null;
  const held = await holdSilent(proxy, startedServers, clients, browser);
  await midFrame.open(proxy);
  const opened = silentCount + 3;
  const open = (samples) => [...increases(new Map(), samples, 'websocket_open_connections', []).values()][0];
  expect('open connections before', open(await proxy.scrapeUntil((samples) => open(samples) === opened)), opened);
  const answer = read(`http://127.0.0.1:${proxy.port}/slow`).catch(({ message }) => message);
  await sleep(200);

  const began = Date.now();
  const seconds = () => (Date.now() - began) / 1000;
  proxy.signal('SIGTERM');
  expect('not ready', await until(async () => !(await proxy.ready()), 1), true);
  expect('still running when it is not ready', proxy.running, true);
  expect('new connections are refused', await until(() => refused(proxy.port), 2), true);
  setTimeout(() => midFrame.finish(), 1200);

  expect('the clients report', tally(await held.clients()), `${silentCount} x 1012`);
  expect('the servers report', tally(await held.servers()), `${silentCount} x 1001`);
  expect('the slow answer', await answer, 'first second');
  await sleep(Math.max(0, 2800 - seconds() * 1000));
  const samples = await proxy.scrape();
  const abnormal = [...samples].filter(([series, value]) => value > 0 && /_observed_closes_total.*"1006"|duration_seconds_count.*abnormal/.test(series));
  expect('abnormal series', tally(abnormal.map(([series]) => series)), 'none');
  const ended = increases(new Map(), samples, 'websocket_connections_closed_total', ['initiator', 'cause']);
  // The raw ends answer nothing, so that theirs last until the deadline.
  expect('counted as', [...ended], `proxy shutdown,${silentCount}`);
  expect('counted for the clients', [...increases(new Map(), samples, observedBy.client, ['code'])], `1012,${silentCount}`);

  const exitCode = await proxy.exited;
  console.log(`${opened} connections: ended with ${exitCode} after ${seconds()} s`);
  expect('the exit code', `${exitCode} ${proxy.stderr}`, `0 ${proxy.stderr}`);
  if (seconds() < 3.5 || seconds() > 5.5) found.push(`It ended after ${seconds()} s, but the deadline was 4 s and one connection was in the middle of a frame.`);
  await midFrame.judge();

  const events = proxy.events();
  const brief = (event) => `${event.client_observed} ${event.server_observed} ${event.initiator} ${event.cause}`;
  expect('the close events', tally(events.filter(({ path }) => path !== '/raw/never').map(brief)), `${opened - 1} x 1012 1001 proxy shutdown`);
  expect('the one in the middle of a frame', events.filter(({ path }) => path === '/raw/never').map(brief), '1006 1001 proxy shutdown');
  const times = events.filter(({ path }) => path !== '/raw/never').map(({ time }) => Date.parse(time));
  const spread = (Math.max(...times) - Math.min(...times)) / 1000;
  if (spread < 0.5) found.push(`The Closes were spread over ${spread} s, not over the window of 1 s.`);
  await Promise.all([...clients, ...startedServers, ...(browser ? [browser] : [])].map((end) => end.kill()));
  await raw.stop();
  slow.close();
}

// Ends that answer no Close hold the proxy until it is told a second time. The Close is the configured one.
async function endsAtOnceWhenToldTwice() {
  const accepted = [];
  const raw = await RawServer.start(async (socket) => {
    await acceptRaw(socket);
    accepted.push(socket);
  });
  const proxy = await Proxy.start(program, {
    services: [serviceTo([raw.port])],
    drain: { to_client: { code: 1013, reason: 'back soon' }, to_upstream: { code: 3005, reason: '' }, window: '0s', deadline: '30s' },
  });
  const client = await openRaw(proxy.port);
  await until(() => accepted.length === 1);
  proxy.signal('SIGTERM');
  await client.until(({ bytes }) => bytes.length > 0);
  await accepted[0].until(({ bytes }) => bytes.length > 0);
  await sleep(300);
  const [toClient] = frames(client.bytes).frames;
  expect('the configured Close', `${toClient?.code} ${toClient?.payload.subarray(2)} ${toClient?.masked}`, '1013 back soon false');
  const [toServer] = frames(accepted[0].bytes).frames;
  expect('the configured Close to the upstream', `${toServer?.code} ${toServer?.masked}`, '3005 true');
  expect('running while nobody answers', proxy.running, true);
  const began = Date.now();
  await proxy.stop();
  const seconds = (Date.now() - began) / 1000;
  console.log(`told twice: ended ${seconds} s after the second time`);
  if (seconds > 1) found.push(`It took ${seconds} s after the second signal.`);
  const events = proxy.events();
  expect('its close events', events.map(({ initiator, cause, client_observed: code }) => `${initiator} ${cause} ${code}`), 'proxy shutdown 1013');
  await raw.stop();
}

await Promise.all([drainsMany(), endsAtOnceWhenToldTwice()]);
finish(found);
