// What a hostile client, or a hostile upstream, may try against the proxy: none of it reaches what a
// route denies, none costs more than its limit, and each is counted with its reason.
//
// Usage: hostile.mjs CLOSEWATCH_PROXY

import { setTimeout as sleep } from 'node:timers/promises';
import { increases } from './exposition.mjs';
import { acceptFor, openRaw, upgradeRequest, upgradeResponse } from './opening_handshake.mjs';
import { finish, needProgram } from './outcome.mjs';
import { freePort, until } from './program.mjs';
import { Proxy, serviceTo } from './proxy.mjs';
import { RawServer, RawSocket, parseHead } from './raw_socket.mjs';

const [program] = process.argv.slice(2);
needProgram(program);

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const smuggled = 'GET /admin/secret HTTP/1.1\r\nHost: closewatch.test\r\n\r\n';
const request = (fields, body = '') => `POST /open HTTP/1.1\r\nHost: closewatch.test\r\n${fields}\r\n${body}`;
const get = (target, fields = 'Host: closewatch.test\r\n') => `GET ${target} HTTP/1.1\r\n${fields}\r\n`;
const upgrade = (changed, options) => upgradeRequest('/socket', changed, options);
const key16 = () => Buffer.alloc(16, 7).toString('base64');
const manyFields = (count) => Array.from({ length: count }, (_, i) => `X-${i}: 1\r\n`).join('');

// A malformed request, the status that answers it, and the reason that is counted.
const malformed = [
  // Twelve upgrades, and some more.
  ['version 12', upgrade({ 'Sec-WebSocket-Version': 12 }), 426, 'websocket_version'],
  ['version 1337', upgrade({ 'Sec-WebSocket-Version': 1337 }), 426, 'websocket_version'],
  ['no version', upgrade({ 'Sec-WebSocket-Version': undefined }), 426, 'websocket_version'],
  ['two versions', upgrade({ 'sec-websocket-version': 13 }), 426, 'websocket_version'],
  ['no key', upgrade({ 'Sec-WebSocket-Key': undefined }), 400, 'websocket_key'],
  ['a key of 15 bytes', upgrade({ 'Sec-WebSocket-Key': Buffer.alloc(15).toString('base64') }), 400, 'websocket_key'],
  ['a key that is not base64', upgrade({ 'Sec-WebSocket-Key': '!'.repeat(22) + '==' }), 400, 'websocket_key'],
  ['two keys', upgrade({ 'sec-websocket-key': key16() }), 400, 'websocket_key'],
  ['no Connection', upgrade({ Connection: 'keep-alive' }), 400, 'upgrade_without_connection'],
  ['POST', upgrade({}, { method: 'POST' }), 400, 'upgrade_not_get'],
  ['HTTP/1.0', upgrade({}, { version: 'HTTP/1.0' }), 400, 'upgrade_not_http_1_1'],
  ['a body', upgrade({ 'Content-Length': 5 }), 400, 'body_with_upgrade'],
  ['a chunked body', upgrade({ 'Transfer-Encoding': 'chunked' }), 400, 'body_with_upgrade'],
  ['h2c', upgrade({ Upgrade: 'h2c', Connection: 'Upgrade, HTTP2-Settings', 'HTTP2-Settings': 'AAMAAABkAAQAAP__' }), 400, 'unsupported_upgrade'],
  ['websocket and h2c', upgrade({ Upgrade: 'websocket, h2c' }), 400, 'unsupported_upgrade'],

  // Where a request ends, two recipients may understand in two ways.
  ['CL.TE', request('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\nG'), 400, 'length_and_chunked'],
  ['TE.CL', request('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', '1e\r\n'), 400, 'length_and_chunked'],
  ['TE.TE', request('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n'), 400, 'invalid_transfer_coding'],
  ['an obscured coding', request('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), 400, 'invalid_transfer_coding'],
  ['a coding after a vertical tab', request('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n'), 400, 'control_character'],
  ['a space before the colon', request('Transfer-Encoding : chunked\r\n', '0\r\n\r\n'), 400, 'space_before_colon'],
  ['two lengths', request('Content-Length: 0\r\nContent-Length: 44\r\n'), 400, 'several_lengths'],
  ['a list of lengths', request('Content-Length: 0, 44\r\n'), 400, 'several_lengths'],
  ['a length with a sign', request('Content-Length: +5\r\n', 'hello'), 400, 'invalid_length'],
  ['a length without end', request(`Content-Length: ${'9'.repeat(40)}\r\n`), 400, 'invalid_length'],
  ['obs-fold', request('X-Long: a\r\n Transfer-Encoding: chunked\r\n'), 400, 'obs_fold'],
  ['a bare LF', get('/open', 'Host: closewatch.test\nX-More: 1\r\n'), 400, 'bare_lf'],
  ['a bare CR', get('/open', 'Host: closewatch.test\rX-More: 1\r\n'), 400, 'bare_cr'],
  ['NUL', get('/open', 'Host: closewatch.test\r\nX-More: a\0b\r\n'), 400, 'nul_byte'],
  ['a name with a blank', get('/open', 'Host: closewatch.test\r\nX More: 1\r\n'), 400, 'invalid_field_name'],
  ['no Host', get('/open', ''), 400, 'missing_host'],
  ['two Hosts', get('/open', 'Host: closewatch.test\r\nHost: other.test\r\n'), 400, 'several_hosts'],
  ['a Host with a path', get('/open', 'Host: closewatch.test/admin\r\n'), 400, 'invalid_host'],
  ['CONNECT', 'CONNECT closewatch.test:443 HTTP/1.1\r\nHost: closewatch.test\r\n\r\n', 400, 'invalid_method'],
  ['a target with a blank', 'GET /open /admin HTTP/1.1\r\nHost: closewatch.test\r\n\r\n', 400, 'invalid_target'],
  ['dot segments', get('/open/../admin'), 400, 'invalid_target'],
  ['escaped dot segments', get('/open/%2e%2e/admin'), 400, 'invalid_target'],
  ['HTTP/2.0', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, 'unsupported_version'],
  ['HTTP/0.9', 'GET /open\r\n\r\n', 400, 'invalid_version'],
  ['101 fields', get('/open', `Host: closewatch.test\r\n${manyFields(101)}`), 431, 'too_many_fields'],
  ['a head of 17 KiB', get('/open', `Host: closewatch.test\r\nX-Long: ${'a'.repeat(17 << 10)}\r\n`), 431, 'head_too_large'],
  ['a target of 17 KiB', get(`/open/${'a'.repeat(17 << 10)}`), 431, 'head_too_large'],
];

// Requests that are well-formed, for what the route denies.
const denied = ['/admin', '/admin/', '/admin/x?y', '/%61dmin', '/admin%2fx', '//admin', '/./admin', 'http://closewatch.test/admin'];

// What an upstream may answer an upgrade with that opens nothing: the client gets 502.
const unopened = {
  'no-accept': ({ key }) => upgradeResponse(key, { 'Sec-WebSocket-Accept': undefined }),
  'wrong-accept': () => upgradeResponse(key16()),
  'two-accepts': ({ key }) => upgradeResponse(key, { 'sec-websocket-accept': acceptFor(key) }),
  'no-upgrade': ({ key }) => upgradeResponse(key, { Upgrade: undefined }),
  'no-connection': ({ key }) => upgradeResponse(key, { Connection: undefined }),
  'other-upgrade': ({ key }) => upgradeResponse(key, { Upgrade: 'h2c' }),
  'unasked-subprotocol': ({ key }) => upgradeResponse(key, { 'Sec-WebSocket-Protocol': 'admin' }),
  'unasked-extension': ({ key }) => upgradeResponse(key, { 'Sec-WebSocket-Extensions': 'permessage-deflate' }),
};
const resultOf = (name) => (name.endsWith('accept') || name.endsWith('accepts') ? 'bad_accept' : 'malformed');

// An upstream that believes everything: it takes every head that comes, also one behind an upgrade.
class Gullible {
  targets = [];
  reused = [];

  async converse(socket) {
    let upgraded = null;
    for (;;) {
      const head = await socket.head(20);
      if (!head) return socket.finish();
      if (upgraded) this.reused.push(`${upgraded} and then ${head.line}`);
      this.targets.push(head.target);
      const body = Number(head.fields.get('content-length') ?? 0);
      await socket.until(() => socket.bytes.length >= body || socket.end);
      socket.take(body);
      if (head.fields.has('upgrade')) upgraded = head.line;
      socket.send(this.answer(head));
    }
  }

  answer({ target, fields }) {
    const key = fields.get('sec-websocket-key');
    const odd = unopened[target.slice(1)];
    if (odd) return odd({ key });
    if (target === '/switches') return upgradeResponse(key16());
    if (target === '/refuses') return 'HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n';
    return target === '/socket' && key ? upgradeResponse(key) : ok;
  }

  // What came for the denied route, however it is written.
  reached() {
    return this.targets.filter((target) => decodeURIComponent(target).toLowerCase().includes('admin'));
  }
}

const found = [];
const gullible = new Gullible();
const upstream = await RawServer.start((socket) => gullible.converse(socket), { port: await freePort() });
const proxy = await Proxy.start(program, {
  services: [serviceTo([upstream.port])],
  timeouts: { request_head: '1s' },
  routes: [{ paths: ['/admin'], deny: true }, { service: 'default' }],
});

// One request and what is hidden behind it, on a connection of its own. The heads that came back, and
// whether the proxy ended the connection.
async function probe(bytes, seconds = 3) {
  const socket = await RawSocket.connect(proxy.port);
  socket.send(Buffer.from(bytes, 'latin1'));
  socket.send(smuggled);
  const ended = await socket.ended(seconds);
  const statuses = [...socket.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  socket.destroy();
  return { statuses, ended, text: socket.text };
}

async function counted(family, by, act) {
  const before = await proxy.scrape();
  const result = await act();
  const after = await proxy.scrape();
  return { result, added: [...increases(before, after, family, by)].map(([key, count]) => `${count} ${key}`).join(', ') };
}

function expect(name, what, is, should) {
  if (String(is) !== String(should)) found.push(`${name}: ${what} ${is || 'nothing'}, not ${should}`);
}

async function refusesMalformed() {
  for (const [name, bytes, status, reason] of malformed) {
    const { result, added } = await counted('closewatch_proxy_malformed_requests_total', ['reason'], () => probe(bytes));
    expect(name, 'the answer was', result.statuses, status);
    expect(name, 'was counted as', added, `1 ${reason}`);
    if (!result.ended) found.push(`${name}: the connection stayed open`);
  }
  console.log(`${malformed.length} malformed requests`);
}

async function denies() {
  for (const target of denied) {
    const { result, added } = await counted('closewatch_proxy_rejected_connections_total', ['reason'], () => probe(get(target)));
    // A target that no two recipients understand in the same way may be refused as malformed.
    const status = [400, 403].includes(result.statuses[0]) ? result.statuses[0] : 403;
    expect(target, 'the answer was', result.statuses[0], status);
    if (result.statuses.includes(200)) found.push(`${target}: something was served`);
    expect(target, 'was counted as', added, { 403: '1 denied', 400: '1 malformed' }[status]);
  }
  const { result, added } = await counted('closewatch_proxy_rejected_connections_total', ['reason'], () =>
    probe(upgradeRequest('/admin/socket')));
  expect('an upgrade of /admin/socket', 'the answer was', result.statuses[0], 403);
  expect('an upgrade of /admin/socket', 'was counted as', added, '1 denied');
}

async function opensOnlyWhatWasAccepted() {
  for (const name of Object.keys(unopened)) {
    const { result, added } = await counted('websocket_opening_handshakes_total', ['result'], () => probe(upgradeRequest(`/${name}`)));
    expect(name, 'the answer was', result.statuses, 502);
    expect(name, 'was counted as', added, `1 ${resultOf(name)}`);
    if (!result.ended) found.push(`${name}: the connection stayed open`);
  }
  const switches = await probe(get('/switches'));
  expect('101 to a plain request', 'the answer was', switches.statuses[0], 502);
  const refuses = await probe(upgradeRequest('/refuses'));
  expect('426 to an upgrade', 'the answer was', refuses.statuses, 426);
  for (let i = 0; i < 5; ++i) await probe(get('/open'), 0.1);
}

// The smuggled request behind a body that ends where the proxy says is a request of its own, which
// the route denies; so is what comes early behind a good upgrade: it is tunnelled, to the one who accepted.
async function keepsRequestsApart() {
  const body = smuggled.slice(0, 20);
  const { statuses } = await probe(request(`Content-Length: ${body.length}\r\n`, body), 0.5);
  expect('a request behind another', 'the answers were', statuses, '200,403');
}

async function cutsSlowHeads() {
  const slow = async (first) => {
    const socket = await RawSocket.connect(proxy.port);
    const began = Date.now();
    socket.send(first);
    const dripping = setInterval(() => socket.socket.writable && socket.send('a'), 100);
    await socket.ended(4);
    clearInterval(dripping);
    socket.destroy();
    return (Date.now() - began) / 1000;
  };
  const firsts = ['G', 'GET / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nHost: closewatch.test\r\nX-Slow: '];
  const { result, added } = await counted('closewatch_proxy_timeouts_total', ['timeout'], () =>
    Promise.all(Array.from({ length: 90 }, (_, i) => slow(firsts[i % firsts.length]))));
  const [shortest, longest] = [Math.min(...result), Math.max(...result)];
  console.log(`90 slow heads were cut after ${shortest} to ${longest} s`);
  if (shortest < 0.8 || longest > 2.5) found.push(`slow heads were cut after ${shortest} to ${longest} s, not after 1 s`);
  expect('slow heads', 'were counted as', added, '90 head');
}

// Heads that never end cost at most the limit on a head, each.
async function boundsFloods() {
  const connections = 100;
  const before = proxy.residentBytes;
  const flood = Buffer.from(manyFields(20000));
  const statuses = await Promise.all(Array.from({ length: connections }, async () => {
    const socket = await RawSocket.connect(proxy.port);
    socket.send('GET / HTTP/1.1\r\nHost: closewatch.test\r\n');
    socket.send(flood);
    await socket.until(() => socket.end !== null || socket.text.includes('\r\n\r\n'));
    socket.destroy();
    return parseHead(socket.text || 'reset').status ?? socket.end;
  }));
  const grown = proxy.isSanitized ? 0 : proxy.residentBytes - before;
  console.log(`${connections} floods of ${flood.length} bytes: ${[...new Set(statuses)]}, ${grown >> 10} KiB more`);
  if (statuses.some((status) => ![431, 'reset'].includes(status))) found.push(`floods were answered with ${[...new Set(statuses)]}`);
  if (grown > connections * (64 << 10)) found.push(`${connections} floods cost ${grown} bytes`);
}

// A client cannot name the fields that the proxy sets as hop-by-hop, and gets rid of no one else's either.
async function rebuildsConnection() {
  let seen = null;
  const echo = await RawServer.start(async (socket) => {
    seen = await socket.head();
    socket.send(ok);
  });
  const other = await Proxy.startPlain(program, [echo.port]);
  const socket = await RawSocket.connect(other.port);
  socket.send(get('/', 'Host: closewatch.test\r\nConnection: X-Forwarded-For, X-Private, Host\r\nX-Private: 1\r\nX-Forwarded-For: 10.9.9.9\r\nKeep-Alive: 5\r\n'));
  await socket.head();
  expect('Connection', 'X-Private arrived as', seen?.fields.get('x-private') ?? 'absent', 'absent');
  expect('Connection', 'Keep-Alive arrived as', seen?.fields.get('keep-alive') ?? 'absent', 'absent');
  expect('Connection', 'Host arrived as', seen?.fields.get('host'), 'closewatch.test');
  expect('Connection', 'X-Forwarded-For arrived as', seen?.fields.get('x-forwarded-for'), '127.0.0.1');
  socket.destroy();
  await other.stop();
  await echo.stop();
}

// After all of it the proxy works, and has let go of everything.
async function isUnharmed() {
  const socket = await openRaw(proxy.port, '/socket');
  socket.destroy();
  const samples = await proxy.scrapeUntil((all) => all.get('websocket_open_connections{service="default"}') === 0);
  expect('afterwards', 'open connections are', samples.get('websocket_open_connections{service="default"}'), 0);
  await until(async () => [...(await proxy.scrape())].filter(([series]) => series.startsWith('closewatch_proxy_connections{')).every(([, value]) => value === 0));
  for (const [series, value] of await proxy.scrape()) {
    if (series.startsWith('closewatch_proxy_connections{') && value !== 0) found.push(`afterwards ${series} is ${value}`);
  }
  const reached = gullible.reached();
  if (reached.length > 0) found.push(`The upstream got what the route denies: ${reached.join(', ')}`);
  if (gullible.reused.length > 0) found.push(`An upstream connection was used after an upgrade: ${gullible.reused.join('; ')}`);
}

await refusesMalformed();
await denies();
await opensOnlyWhatWasAccepted();
await keepsRequestsApart();
await cutsSlowHeads();
await boundsFloods();
await rebuildsConnection();
await sleep(100);
await isUnharmed();
const exitCode = await proxy.stop();
if (exitCode !== 0) found.push(`closewatch-proxy ended with ${exitCode}: ${proxy.stderr}`);
await upstream.stop();
finish(found);
