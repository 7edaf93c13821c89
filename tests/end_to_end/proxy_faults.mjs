// Faults at every stage of the opening handshake and of the relay, by scripted ends: what the other end
// sees of them, and that each opened connection gives exactly one close event.
//
// Usage: proxy_faults.mjs CLOSEWATCH_PROXY

import { setTimeout as pause } from 'node:timers/promises';
import { increases, total } from './exposition.mjs';
import { closeFrame, frame, frames, header } from './frames.mjs';
import { acceptRaw, openRaw, upgradeRequest, upgradeResponse } from './opening_handshake.mjs';
import { finish, needProgram } from './outcome.mjs';
import { freePort, observedBy, until } from './program.mjs';
import { Proxy, serviceTo } from './proxy.mjs';
import { RawServer, RawSocket } from './raw_socket.mjs';

const [program] = process.argv.slice(2);
needProgram(program);
const found = [];

function expect(what, is, should) {
  if (String(is) !== String(should)) found.push(`${what}: ${is === '' ? 'nothing' : is}, not ${should}`);
}

const answer = (status, text) => `HTTP/1.1 ${status} ${text}\r\nContent-Length: 4\r\n\r\nbody`;
const half = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: webso';

// What the upstream does when the upgrade has come; what the client then gets, and what is counted.
const openings = {
  'FIN': [(socket) => socket.finish(), 502, 'aborted'],
  'RST': [(socket) => socket.reset(), 502, 'aborted'],
  'silence': [() => {}, 504, 'timeout'],
  'half a head and FIN': [(socket) => (socket.send(half), socket.finish()), 502, 'aborted'],
  'half a head and RST': [async (socket) => (socket.send(half), await pause(100), socket.reset()), 502, 'aborted'],
  'half a head and silence': [(socket) => socket.send(half), 504, 'timeout'],
  'garbage': [(socket) => socket.send('SSH-2.0-OpenSSH_9.2\r\n\r\n'), 502, 'malformed'],
  'TLS': [(socket) => socket.send(Buffer.from('15030300020228', 'hex')), 502, null],
  'garbage without end': [(socket) => socket.send(Buffer.alloc(1 << 20, 'x')), 502, 'malformed'],
  '200': [(socket) => socket.send(answer(200, 'OK')), 200, 'rejected_2xx'],
  '302': [(socket) => socket.send(answer(302, 'Found')), 302, 'rejected_3xx'],
  '401': [(socket) => socket.send(answer(401, 'Unauthorized')), 401, 'rejected_401'],
  '403': [(socket) => socket.send(answer(403, 'Forbidden')), 403, 'rejected_403'],
  '426': [(socket) => socket.send(answer(426, 'Upgrade Required')), 426, 'rejected_426'],
  '503': [(socket) => socket.send(answer(503, 'Service Unavailable')), 503, 'rejected_503'],
  '200 until FIN': [(socket) => (socket.send('HTTP/1.1 200 OK\r\n\r\nbody'), socket.finish()), 200, 'rejected_2xx'],
};
// What a side has sent when its end comes.
const stages = {
  'at once': () => '',
  'after a message': (side) => frame(side, 'text', 'hello'),
  'in a header': (side) => frame(side, 'binary', Buffer.alloc(300)).subarray(0, 3),
  'in a payload': (side) => frame(side, 'binary', Buffer.alloc(300000)).subarray(0, 100000),
  'between fragments': (side) => frame(side, 'text', 'begin', { fin: false }),
  'after its Close': (side) => closeFrame(side, 1001),
};
const causes = {
  'in a header': { fin: 'truncated', reset: 'truncated' },
  'in a payload': { fin: 'truncated', reset: 'truncated' },
  'after its Close': { fin: 'unanswered_close', reset: 'unanswered_close' },
};
const other = { client: 'server', server: 'client' };

class Upstream {
  scripts = new Map();

  static async start() {
    const upstream = new Upstream();
    upstream.server = await RawServer.start(async (socket) => {
      const head = await socket.head(20);
      if (head) await upstream.scripts.get(head.target)?.(socket, head);
    });
    return upstream;
  }

  get port() {
    return this.server.port;
  }
}

async function failsToOpen(proxy, upstream) {
  const samples = await proxy.scrape();
  const expected = new Map();
  const count = (result) => result && expected.set(result, (expected.get(result) ?? 0) + 1);
  const play = async (target, name, status) => {
    const socket = await RawSocket.connect(proxy.port);
    socket.send(upgradeRequest(target));
    const head = await socket.head();
    expect(`upstream: ${name}: the client got`, head?.status ?? socket.end, status);
    if (!(await socket.ended())) found.push(`upstream: ${name}: the connection stayed open`);
    if (/^\d/.test(name)) expect(`upstream: ${name}: the body was`, socket.text, 'body');
    socket.destroy();
  };
  await Promise.all([
    ...Object.entries(openings).map(([name, [act, status, result]], i) => {
      upstream.scripts.set(`/opening/${i}`, act);
      count(result);
      return play(`/opening/${i}`, name, status);
    }),
    play('/refused', 'refused', 502),
    // The client leaves before there is an answer; the upstream is told.
    ...['finish', 'reset'].map(async (how) => {
      const served = new Promise((resolve) => upstream.scripts.set(`/leaves/${how}`, resolve));
      const socket = await RawSocket.connect(proxy.port);
      socket.send(upgradeRequest(`/leaves/${how}`));
      const upstreamSocket = await served;
      socket[how]();
      if (how === 'reset' && !(await upstreamSocket.ended(0.8))) found.push('the upstream was not told that the client had left');
      socket.destroy();
    }),
  ]);
  count('upstream_unreachable');
  const after = await proxy.scrapeUntil((all) => total(all, 'websocket_opening_handshakes_total') >= Object.keys(openings).length + 3);
  const added = increases(samples, after, 'websocket_opening_handshakes_total', ['result']);
  for (const [result, times] of expected) {
    // The two clients that left, and what TLS is taken for, may come on top.
    const more = ['aborted', 'timeout', 'malformed'].includes(result) ? 3 : 0;
    if (added.get(result) < times || added.get(result) > times + more || !added.has(result)) {
      found.push(`opening handshakes counted as ${result}: ${added.get(result)}, not ${times}`);
    }
  }
  const failures = increases(samples, after, 'closewatch_proxy_upstream_connect_failures_total', ['reason']);
  expect('failures to connect', failures.get('refused'), 1);
  console.log(`${Object.keys(openings).length + 3} openings failed: ${[...added].map((pair) => pair.join(' ')).join(', ')}`);
}

// An opened connection: both ends raw.
async function open(proxy, upstream, target, options) {
  const served = new Promise((resolve) => upstream.scripts.set(target, (socket, head) => {
    socket.send(upgradeResponse(head.fields.get('sec-websocket-key')));
    resolve(socket);
  }));
  const client = await openRaw(proxy.port, target, options);
  return { client, server: await served };
}

const rows = ['client', 'server'].flatMap((by) => Object.keys(stages).flatMap((stage) =>
  ['fin', 'reset'].map((how) => ({ by, stage, how, target: `/relay/${by}/${stage}/${how}`.replaceAll(' ', '-') }))));

async function endsInTheRelay(proxy, upstream) {
  await Promise.all(rows.map(async ({ by, stage, how, target }) => {
    const name = `${how} by the ${by} ${stage}`;
    const ends = await open(proxy, upstream, target);
    const [ending, hearing] = [ends[by], ends[other[by]]];
    const sent = Buffer.from(stages[stage](by));
    if (sent.length > 0) ending.send(sent);
    await hearing.until(({ bytes }) => bytes.length >= sent.length);
    ending[how === 'fin' ? 'finish' : 'reset']();
    await hearing.ended();
    if (!hearing.bytes.equals(sent)) found.push(`${name}: ${hearing.bytes.length} bytes arrived, not ${sent.length}, or others`);
    expect(`${name}: the ${other[by]} saw`, hearing.end, how);
    hearing.finish();
    if (how === 'fin' && !(await ending.ended())) found.push(`${name}: the answer to the FIN did not arrive`);
  }));
}

function relayEvents(events) {
  for (const { by, stage, how, target } of rows) {
    const name = `${how} by the ${by} ${stage}`;
    const mine = events.filter(({ path }) => path === target);
    if (mine.length !== 1) {
      found.push(`${name}: ${mine.length} close events`);
      continue;
    }
    const [event] = mine;
    const cause = causes[stage]?.[how] ?? how;
    expect(`${name}: the event says`, `${event.initiator} ${event.cause}`, `${by} ${cause}`);
    const heard = stage === 'after its Close' ? 1001 : 1006;
    expect(`${name}: the ${other[by]} observed`, event[`${other[by]}_observed`], heard);
    expect(`${name}: the ${by} observed`, event[`${by}_observed`], 1006);
  }
}

// Silence: an idle limit of one second. A half-closed connection is not kept for ever either.
async function limitsSilence(proxy, upstream) {
  const [idle, halfClosed] = [await open(proxy, upstream, '/idle/silent'), await open(proxy, upstream, '/half')];
  halfClosed.client.finish();
  const began = Date.now();
  const after = async (done) => ((await done) ? (Date.now() - began) / 1000 : Infinity);
  const hearsClose = ({ bytes }) => frames(bytes).frames.some(({ code }) => code === 1001);
  const seconds = await Promise.all([after(idle.client.until(hearsClose)), after(halfClosed.client.ended(6))]);
  expect('the upstream of the idle connection got a Close', await idle.server.until(hearsClose, 1), true);
  // Nobody answers it, so that it ends without.
  expect('the idle connection ended', await idle.client.ended(4), true);
  console.log(`silence was closed after ${seconds[0]} s, the half-closed connection after ${seconds[1]} s`);
  if (seconds[0] < 0.7 || seconds[0] > 2.5) found.push(`The idle connection was closed after ${seconds[0]} s, not 1 s.`);
  if (seconds[1] < 0.7 || seconds[1] > 3.5) found.push(`The half-closed connection ended after ${seconds[1]} s, not 2 s.`);
  for (const socket of [idle.server, halfClosed.server]) {
    if (!(await socket.ended(2))) found.push('The upstream of an ended connection was not told.');
    socket.destroy();
  }
}

// A Close in place of an upstream's end, where a frame boundary allows it.
async function toldOfALostUpstream(proxy, upstream) {
  for (const [how, bytes, code] of [
    ['finish', '', 1013], ['reset', '', 1013], ['finish', header('binary', 100), undefined],
    ['finish', closeFrame('server', 4001), 4001],
  ]) {
    const target = `/lost/${how}/${bytes.length}`;
    const { client, server } = await open(proxy, upstream, target);
    if (bytes.length > 0) server.send(bytes);
    await client.until((socket) => socket.bytes.length >= bytes.length);
    server[how]();
    await client.until((socket) => socket.end !== null || frames(socket.bytes).frames.length > 0);
    await pause(50);
    const closes = frames(client.bytes).frames.filter(({ opcode }) => opcode === 'close');
    expect(`${target}: the client got`, closes.map((close) => close.code), code ?? '');
    if (closes.length > 0) client.send(closeFrame('client', closes[0].code));
    client.finish();
    if (!(await client.ended())) found.push(`${target}: the connection stayed open`);
    const [event] = await eventOf(proxy, target);
    const observed = code ?? 1006;
    expect(`${target}: the event says`, `${event?.initiator} ${event?.client_observed}`, `server ${observed}`);
  }
}

async function eventOf(proxy, target) {
  let events = [];
  await until(() => (events = proxy.events().filter(({ path }) => path === target)).length > 0, 3);
  return events;
}

// Bytes of the client that come before the 101 wait for it, also more than the proxy holds.
async function holdsEarlyBytes(proxy, upstream) {
  for (const length of [100, 200000]) {
    const target = `/early/${length}`;
    const early = frame('client', 'binary', Buffer.alloc(length, 'e'));
    const served = new Promise((resolve) => upstream.scripts.set(target, async (socket, head) => {
      await pause(200);
      expect(`${length} early bytes: before the 101 there came`, socket.bytes.length, 0);
      socket.send(upgradeResponse(head.fields.get('sec-websocket-key')));
      resolve(socket);
    }));
    const client = await RawSocket.connect(proxy.port);
    client.send(Buffer.concat([Buffer.from(upgradeRequest(target)), early]));
    const server = await served;
    await server.until(({ bytes }) => bytes.length >= early.length);
    if (!server.bytes.equals(early)) found.push(`${length} early bytes: ${server.bytes.length} bytes arrived, not ${early.length}, or others`);
    client.finish();
    await server.ended();
    server.finish();
    await client.ended();
  }
  let rest = null;
  upstream.scripts.set('/early/refused', async (socket) => {
    socket.send(answer(403, 'Forbidden'));
    await socket.ended();
    rest = socket.bytes.length;
  });
  const client = await RawSocket.connect(proxy.port);
  client.send(Buffer.concat([Buffer.from(upgradeRequest('/early/refused')), frame('client', 'text', 'early')]));
  await client.head();
  await client.ended();
  client.destroy();
  await until(() => rest !== null, 3);
  expect('early bytes before a 403 arrived', rest, 0);
}

// What was sent before a reset is delivered before it, also to a reader that is late.
async function deliversBeforeAReset(proxy, upstream) {
  const length = 150000;
  for (const [by, isLate] of [['client', false], ['server', false], ['client', true], ['server', true]]) {
    const ends = await open(proxy, upstream, `/reset/${by}/${isLate}`);
    const reader = ends[other[by]];
    if (isLate) reader.socket.pause();
    const sent = frame(by, 'binary', Buffer.alloc(length, 'r'));
    ends[by].send(sent);
    await pause(200);
    ends[by].reset();
    await pause(300);
    reader.socket.resume();
    await reader.ended();
    const name = `a reset by the ${by} with a reader ${isLate ? 'that is late' : 'in time'}`;
    if (!reader.bytes.equals(sent)) found.push(`${name}: ${reader.bytes.length} of ${sent.length} bytes were delivered before it`);
    // Node.js itself may show to a late reader the end of a connection that was reset as that of a FIN.
    if (!isLate) expect(`${name} arrived as`, reader.end, 'reset');
  }
}

const upstream = await Upstream.start();
const service = (name, port, options = {}) => serviceTo([port], {
  ...options, name, timeouts: { opening_handshake: '1s', half_close: '2s', ...options.timeouts },
});
const proxy = await Proxy.start(program, {
  services: [
    service('default', upstream.port),
    service('refused', await freePort()),
    service('idle', upstream.port, { timeouts: { idle: '1s' } }),
    service('lost', upstream.port, { on_upstream_lost: { code: 1013, reason: 'upstream lost' } }),
  ],
  routes: [...['refused', 'idle', 'lost'].map((name) => ({ paths: [`/${name}`], service: name })), { service: 'default' }],
});
await failsToOpen(proxy, upstream);
await Promise.all([
  endsInTheRelay(proxy, upstream), limitsSilence(proxy, upstream), toldOfALostUpstream(proxy, upstream),
  holdsEarlyBytes(proxy, upstream), deliversBeforeAReset(proxy, upstream),
]);
const last = await proxy.scrapeUntil((samples) => [...increases(new Map(), samples, 'websocket_open_connections', []).values()].length === 0);
const opened = increases(new Map(), last, 'websocket_opening_handshakes_total', ['result']).get('opened');
const events = await proxy.eventsUntil(opened);
console.log(`${opened} opened, ${events.length} close events`);
expect('close events', events.length, opened);
expect('their paths', new Set(events.map(({ path }) => path)).size, opened);
for (const family of Object.values(observedBy)) expect(family, total(last, family), opened);
relayEvents(events);
const [idle] = events.filter(({ path }) => path === '/idle/silent');
expect('the idle connection', `${idle?.initiator} ${idle?.cause}`, 'proxy idle_timeout');
if (upstream.server.failure) found.push(`the upstream: ${upstream.server.failure.message}`);
expect('the exit code', await proxy.stop(), 0);
await upstream.server.stop();
finish(found);
