// What lives on real services through the proxy: socket.io with polling and its upgrade, graphql-ws
// with a proxy that restarts under it, and plain HTTP/1.1 with everything that it offers.
//
// Usage: proxy_applications.mjs CLOSEWATCH_PROXY

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { GraphQLObjectType, GraphQLSchema, GraphQLInt, GraphQLString } from 'graphql';
import { createClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/lib/use/ws';
import { Server as SocketIo } from 'socket.io';
import { io } from 'socket.io-client';
import { WebSocket, WebSocketServer } from 'ws';
import { increases } from './exposition.mjs';
import { finish, needProgram } from './outcome.mjs';
import { freePort, until } from './program.mjs';
import { Proxy, serviceTo } from './proxy.mjs';
import { RawSocket } from './raw_socket.mjs';

const [program] = process.argv.slice(2);
needProgram(program);
const found = [];

function expect(what, is, should) {
  if (String(is) !== String(should)) found.push(`${what}: ${is === '' ? 'nothing' : is}, not ${should}`);
}

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

const opened = (samples) => increases(new Map(), samples, 'websocket_opening_handshakes_total', ['result']).get('opened') ?? 0;

// socket.io, at first by polling; and by polling only.
async function socketIo(transports, upgrades) {
  const name = `socket.io by ${transports}`;
  const http = createServer();
  const server = new SocketIo(http);
  let serverSaw = null;
  server.on('connection', (socket) => {
    socket.on('echo', (data, answer) => answer(data));
    socket.on('disconnect', (reason) => (serverSaw = reason));
  });
  const proxy = await Proxy.startPlain(program, [await listening(http)]);
  const client = io(`http://127.0.0.1:${proxy.port}`, { transports, forceNew: true, reconnection: false });
  await once(client, 'connect').catch(() => found.push(`${name}: no connection`));
  if (upgrades && client.io.engine.transport.name !== 'websocket') {
    await Promise.race([once(client.io.engine, 'upgrade'), sleep(5000)]);
  }
  expect(`${name}: the transport`, client.io.engine.transport.name, upgrades ? 'websocket' : 'polling');
  for (const data of ['short', 'x'.repeat(200000), randomBytes(100000)]) {
    const echoed = await client.timeout(5000).emitWithAck('echo', data).catch(({ message }) => message);
    expect(`${name}: an echo of ${data.length}`, Buffer.from(echoed).equals(Buffer.from(data)), true);
  }
  expect(`${name}: WebSockets opened`, opened(await proxy.scrape()), upgrades ? 1 : 0);
  client.disconnect();
  await until(() => serverSaw !== null, 5);
  expect(`${name}: the server saw`, serverSaw, 'client namespace disconnect');
  if (upgrades) {
    const [event] = await proxy.eventsUntil(1);
    expect(`${name}: the event`, `${event?.initiator} ${event?.cause} ${event?.server_observed}`, 'client closing_handshake 1005');
  }
  const requests = increases(new Map(), await proxy.scrape(), 'closewatch_proxy_http_requests_total', ['class']);
  console.log(`${name}: requests ${[...requests].map((pair) => pair.join(' ')).join(', ')}`);
  expect(`${name}: failed requests`, (requests.get('4xx') ?? 0) + (requests.get('5xx') ?? 0), 0);
  server.close();
  expect(`${name}: the exit code`, await proxy.stop(), 0);
}

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { hello: { type: GraphQLString, resolve: () => 'hello' } } }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      count: {
        type: GraphQLInt,
        async *subscribe() {
          for (let count = 0; ; ++count) {
            yield { count };
            await sleep(50);
          }
        },
      },
    },
  }),
});

// A subscription that goes on when the proxy under it is stopped and started again: graphql-ws takes
// some codes as fatal, 1012 is none of them.
async function graphqlWs() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/graphql' });
  await once(server, 'listening');
  const serverCodes = [];
  useServer({ schema, onClose: (_, code) => { serverCodes.push(code); } }, server);
  const listeners = [{ address: `127.0.0.1:${await freePort()}` }];
  const config = { listeners, services: [serviceTo([server.address().port])], drain: { window: '100ms', deadline: '3s' } };
  const first = await Proxy.start(program, config);
  const codes = [];
  let connections = 0;
  let fatal = null;
  const client = createClient({
    url: `ws://${listeners[0].address}/graphql`, webSocketImpl: WebSocket, lazy: false, retryAttempts: 100,
    // Nobody listening for a moment is no reason to give up; a fatal code is one all the same.
    retryWait: () => sleep(50), shouldRetry: () => true, onNonLazyError: (error) => (fatal = error),
    on: { connected: () => ++connections, closed: (event) => codes.push(event.code) },
  });
  let received = 0;
  client.subscribe({ query: 'subscription { count }' }, {
    next: () => ++received, error: (error) => (fatal = error), complete: () => {},
  });
  expect('graphql-ws: a subscription', await until(() => received > 3), true);
  const exitCode = await first.stop();
  const before = received;
  const second = await Proxy.start(program, config);
  expect('graphql-ws: the subscription after a restart', await until(() => received > before + 3), true);
  expect('graphql-ws: connections', connections, 2);
  expect('graphql-ws: the first close code', codes[0], 1012);
  expect('graphql-ws: the server got', serverCodes[0], 1001);
  if (fatal) found.push(`graphql-ws: the client gave up: ${fatal.code ?? fatal.message}`);
  const [event] = first.events();
  expect('graphql-ws: the event', `${event?.subprotocol} ${event?.client_observed} ${event?.cause}`, 'graphql-transport-ws 1012 shutdown');
  expect('graphql-ws: the exit code', exitCode, 0);
  await client.dispose();
  await until(() => codes.length === 2, 5);
  console.log(`graphql-ws: close codes ${codes}`);
  await second.stop();
  server.close();
}

const large = Buffer.alloc(24 << 20);
for (let i = 0; i < large.length; i += 4) large.writeUInt32LE((i * 2654435761) >>> 0, i);
const sha256 = (data) => createHash('sha256').update(data).digest('hex');

async function bodyOf(message) {
  const parts = [];
  for await (const data of message) parts.push(data);
  return Buffer.concat(parts);
}

// What the upstream answers, by path.
const pages = {
  '/hash': async (req, res) => res.end(sha256(await bodyOf(req))),
  '/large': async (_, res) => res.writeHead(200, { 'Content-Length': large.length }).end(large),
  '/chunked': async (_, res) => {
    for (let i = 0; i < large.length; i += 1 << 20) {
      if (!res.write(large.subarray(i, i + (1 << 20)))) await once(res, 'drain');
    }
    res.end();
  },
  '/trailers': async (req, res) => {
    await bodyOf(req);
    res.writeHead(200, { Trailer: 'X-Sum' });
    res.write('body');
    res.addTrailers({ 'X-Sum': `got ${req.trailers['x-up']}` });
    res.end();
  },
  '/204': async (_, res) => res.writeHead(204).end(),
  '/304': async (_, res) => res.writeHead(304, { ETag: '"1"' }).end(),
  '/early-hints': async (_, res) => {
    res.writeEarlyHints({ link: '</a.css>; rel=preload' });
    res.end('after hints');
  },
  '/until-close': async (_, res) => {
    res.useChunkedEncodingByDefault = false;
    res.writeHead(200, { Connection: 'close' }).end('until close');
  },
  '/refuse-body': async (_, res) => res.writeHead(413, { Connection: 'close' }).end('too large'),
  '/fields': async (req, res) => res.end(JSON.stringify(req.headers)),
};

async function startHttpServer() {
  const server = createServer((req, res) => {
    const page = pages[new URL(req.url, 'http://x').pathname];
    if (page) page(req, res).catch(() => res.destroy());
    else res.end(`${req.method} ${req.url}`);
  });
  server.on('checkContinue', (req, res) => {
    if (req.headers['x-refuse']) return res.writeHead(417, { Connection: 'close' }).end('no');
    res.writeContinue();
    return pages['/hash'](req, res);
  });
  return { server, port: await listening(server) };
}

// One request; resolves with the response, its body in it.
function ask(port, path, { body, chunks, trailers, agent, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path, agent, ...options }, async (response) => {
      const localPort = response.socket.localPort;
      resolve({ response, localPort, body: await bodyOf(response).catch(reject), hints });
    });
    const hints = [];
    asked.on('error', reject).on('information', ({ statusCode }) => hints.push(statusCode));
    if (options.headers?.Expect) return asked.on('continue', () => asked.end(body));
    for (const chunk of chunks ?? []) asked.write(chunk);
    if (trailers) asked.addTrailers(trailers);
    return asked.end(body);
  });
}

async function plainHttp() {
  const { server, port: upstreamPort } = await startHttpServer();
  const proxy = await Proxy.startPlain(program, [upstreamPort]);
  const { port } = proxy;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const localPorts = new Set();
  let asked = 0;
  const get = async (path, options = {}) => {
    ++asked;
    const answer = await ask(port, path, { agent, ...options }).catch((error) => {
      found.push(`${options.method ?? 'GET'} ${path}: ${error.message}`);
      return { response: { headers: {}, trailers: {} }, body: '', hints: [] };
    });
    localPorts.add(answer.localPort);
    return answer;
  };
  // All of these on one connection.
  for (let i = 0; i < 5; ++i) expect('a short answer', (await get(`/short/${i}?q=${i}`)).body, `GET /short/${i}?q=${i}`);
  const head = await get('/large', { method: 'HEAD' });
  expect('HEAD', `${head.response.headers['content-length']} ${head.body.length}`, `${large.length} 0`);
  expect('204', (await get('/204')).response.statusCode, 204);
  const notModified = await get('/304');
  expect('304', `${notModified.response.statusCode} ${notModified.response.headers.etag}`, '304 "1"');
  expect('a large answer', sha256((await get('/large')).body), sha256(large));
  expect('a large chunked answer', sha256((await get('/chunked')).body), sha256(large));
  const posted = { method: 'POST', headers: { 'Content-Length': large.length }, body: large };
  expect('a large request', (await get('/hash', posted)).body, sha256(large));
  const chunks = [large.subarray(0, 1), large.subarray(1, 70000), large.subarray(70000)];
  expect('a large chunked request', (await get('/hash', { method: 'PUT', chunks })).body, sha256(large));
  const trailed = await get('/trailers', { method: 'POST', headers: { Trailer: 'X-Up', 'Transfer-Encoding': 'chunked', TE: 'trailers' }, chunks: ['a'], trailers: { 'X-Up': 'up' } });
  expect('trailers', `${trailed.body} ${trailed.response.trailers['x-sum']}`, 'body got up');
  const continued = await get('/hash', { method: 'POST', headers: { Expect: '100-continue', 'Content-Length': 5 }, body: 'hello' });
  expect('100-continue', continued.body, sha256('hello'));
  const hinted = await get('/early-hints');
  expect('103', `${hinted.hints} ${hinted.body}`, '103 after hints');
  expect('DELETE', (await get('/x', { method: 'DELETE' })).body, 'DELETE /x');
  expect('connections of the client', localPorts.size, 1);

  expect('an answer until the end', (await get('/until-close')).body, 'until close');
  const refused = await get('/hash', { method: 'POST', headers: { Expect: '100-continue', 'X-Refuse': 1, 'Content-Length': 5 }, body: 'hello' });
  expect('417', `${refused.response.statusCode} ${refused.body}`, '417 no');
  const fields = JSON.parse((await get('/fields', { headers: { Host: 'app.test', 'X-Forwarded-For': '10.1.1.1' } })).body || '{}');
  expect('X-Forwarded-*', `${fields['x-forwarded-for']} ${fields['x-forwarded-proto']} ${fields['x-forwarded-host']} ${fields.host}`, '127.0.0.1 http app.test app.test');
  const samples = await proxy.scrape();
  const classes = increases(new Map(), samples, 'closewatch_proxy_http_requests_total', ['class']);
  expect('requests counted', `${classes.get('2xx')} ${classes.get('3xx')} ${classes.get('4xx')}`, `${asked - 2} 1 1`);
  expect('WebSockets opened', opened(samples), 0);
  agent.destroy();
  await rawHttp(port);
  console.log(`plain HTTP: ${asked} requests`);
  server.closeAllConnections?.();
  server.close();
  await gone(proxy);
  expect('plain HTTP: the exit code', await proxy.stop(), 0);
}

// What no library sends.
async function rawHttp(port) {
  const talk = async (bytes, done) => {
    const socket = await RawSocket.connect(port);
    socket.send(bytes);
    await socket.until(() => done(socket.text) || socket.end !== null);
    socket.destroy();
    return socket;
  };
  const two = await talk('GET /one HTTP/1.1\r\nHost: a\r\n\r\nGET /two HTTP/1.1\r\nHost: a\r\n\r\n', (text) => text.includes('/two'));
  expect('two requests in one segment', [...two.text.matchAll(/GET \/(?:one|two)/g)], 'GET /one,GET /two');
  const old = await talk('GET /old HTTP/1.0\r\n\r\n', () => false);
  expect('HTTP/1.0', `${/GET \/old/.test(old.text)} ${/transfer-encoding/i.test(old.text)} ${old.end}`, 'true false fin');
  const early = await talk(`POST /refuse-body HTTP/1.1\r\nHost: a\r\nContent-Length: ${1 << 30}\r\n\r\n${'x'.repeat(100000)}`, (text) => text.includes('too large'));
  expect('an answer before the body is sent', /^HTTP\/1\.1 413/.test(early.text), true);
  const half = await RawSocket.connect(port);
  half.send('GET /half HTTP/1.1\r\nHost: a\r\n\r\n');
  half.finish();
  await half.ended();
  expect('an answer to a client that has finished', half.text.includes('GET /half'), true);
}

// Without its upstream.
async function gone(proxy) {
  const { response } = await ask(proxy.port, '/gone').catch((error) => ({ response: { statusCode: error.message } }));
  expect('without an upstream', response.statusCode, 502);
}

await Promise.all([socketIo(['polling', 'websocket'], true), socketIo(['polling'], false), graphqlWs()]);
await plainHttp();
finish(found);
