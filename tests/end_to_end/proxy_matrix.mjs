// Every ending between every client and every server, through the proxy, plain and with TLS on either
// side. What the endpoints report is what the close events and the counters say; and the passive
// capture, which reads a recording of the proxy's own two legs, says the same of each of them.
//
// Usage: proxy_matrix.mjs CLOSEWATCH_PROXY CLOSEWATCH_CAPTURE

import { join } from 'node:path';
import { Browser } from './browser.mjs';
import { makeCertificate } from './certificate.mjs';
import { endings, expectation, possible } from './endings.mjs';
import { Client, Server, nodeWebSocketOptions } from './endpoints.mjs';
import { increases } from './exposition.mjs';
import { label, play } from './matrix.mjs';
import { finish, needCommand, needProgram, needRoot } from './outcome.mjs';
import { freePort, observedBy } from './program.mjs';
import { Proxy, serviceTo } from './proxy.mjs';
import { Recording } from './recording.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const [program, capture] = process.argv.slice(2);
needProgram(program, capture);
needRoot();
needCommand('websocketd');

const folder = temporaryFolder();
const certificate = makeCertificate(folder);
const everyClient = ['ws', 'websockets', 'aiohttp', ...(nodeWebSocketOptions() ? ['node'] : []), ...(Browser.installed() ? ['chromium'] : [])];

// What runs at the same time: a server, and one client after the other.
const lanes = [
  ...['ws', 'websockets', 'aiohttp', 'websocketd'].map((library) => ({ service: library, library, clients: everyClient })),
  { service: 'wss', library: 'ws', secure: true, clients: everyClient },
  { service: 'wss-both', library: 'websockets', secure: true, upstreamTls: true, clients: ['ws', 'aiohttp'] },
  { service: 'wss-upstream', library: 'ws', upstreamTls: true, clients: ['websockets'] },
];

async function startServers() {
  await Promise.all(lanes.map(async (lane) => {
    lane.server = await Server.start(lane.library, { tls: lane.upstreamTls ? certificate : null });
  }));
}

async function startProxy() {
  const [plain, secure] = [await freePort(), await freePort()];
  const proxy = await Proxy.start(program, {
    listeners: [
      { address: `127.0.0.1:${plain}` },
      { address: `127.0.0.1:${secure}`, tls: { certificates: [certificate] } },
    ],
    services: lanes.map(({ service, server, upstreamTls }) => serviceTo([server.port], {
      name: service, ...(upstreamTls ? { tls: { enabled: true, ca_file: certificate.certificate } } : {}),
    })),
    routes: [...lanes.map(({ service }) => ({ paths: [`/${service}`], service })), { service: 'ws' }],
  });
  proxy.plainPort = plain;
  for (const lane of lanes) {
    lane.origin = lane.secure ? `wss://127.0.0.1:${secure}` : `ws://127.0.0.1:${plain}`;
  }
  return proxy;
}

// A server that sends its Close and FIN at once leaves a client under TLS no way to answer: close_notify
// ends both directions there. Some libraries are fast enough all the same.
function expectationIn(lane, ending, client) {
  const expected = expectation(ending, client, lane.library);
  // A page that goes away closes its socket with the Close; one that had something unread is reset
  // then, and may be gone before the server's answer. Nobody is left to report the difference.
  if (ending.action === 'leave') {
    const unanswered = expected.counted.map((codes) => ({ ...codes, client: 1006, cause: 'unanswered_close' }));
    return { ...expected, counted: [...expected.counted, ...unanswered] };
  }
  const mayAnswer = !lane.secure || !['raw_close', 'send_too_big'].includes(ending.action);
  if (mayAnswer) return expected;
  const unanswered = expected.counted.flatMap((codes) => [
    { ...codes, server: 1006 }, { ...codes, server: 1006, cause: 'unanswered_close' },
  ]);
  // aiohttp forgets a Close with which close_notify came.
  const orReported = { server: 1006, ...(client === 'aiohttp' ? { client: 1006 } : {}) };
  return { ...expected, counted: [...expected.counted, ...unanswered], orReported };
}

async function playWith(lane, client, rows) {
  const { service, server, origin } = lane;
  // Under TLS no server can end its direction alone.
  const here = ({ action }) => !lane.upstreamTls || action !== 'raw_close';
  for (const ending of endings.filter((one) => here(one) && possible(one, client.library, server.library))) {
    const path = `/${service}/${rows.length}/${client.library}`;
    const row = {
      lane, path, name: `${ending.name} (${client.library} to ${service})`,
      expected: expectationIn(lane, ending, client.library),
    };
    rows.push(row);
    row.reported = await play(ending, client, server, path, origin);
  }
}

async function playLane(lane, browser, rows) {
  for (const library of lane.clients) {
    const client = library === 'chromium' ? browser : await Client.start(library, { certificate });
    await playWith(lane, client, rows);
    if (client !== browser) await client.kill();
  }
}

const differing = (name, view, is, should) => Object.entries(should)
  .filter(([field, value]) => is[field] !== value)
  .map(([field, value]) => `${name}: ${view} gave ${field} ${is[field]}, not ${value}`);

// What the proxy and the capture of one leg must agree on. An end that the proxy passed on is in both
// legs what it was; a code is the business of the endpoint at the far end of the leg.
function legDifferences(row, event, legs) {
  const found = [];
  const { lane, name } = row;
  // Where a race decides what is counted, one leg may show what the other does not.
  const racing = row.expected.counted.map(({ client, server }) => ({ client_observed: client, server_observed: server }));
  const code = (field, seen) => (racing.some((codes) => codes[field] === seen[field]) ? {} : { [field]: event[field] });
  const leg = (port) => legs.filter(({ server }) => server.endsWith(`:${port}`));
  for (const [view, port, field] of [
    ['the capture of the client leg', lane.secure ? null : proxy.plainPort, 'client_observed'],
    ['the capture of the server leg', lane.upstreamTls ? null : lane.server.port, 'server_observed'],
  ]) {
    if (!port) continue;
    const events = leg(port);
    if (events.length !== 1) found.push(`${name}: ${view} gave ${events.length} close events, not 1`);
    else found.push(...differing(name, view, events[0], { state: 'closed', initiator: event.initiator, ...code(field, events[0]) }));
  }
  return found;
}

function rowDifferences(row, events, legs) {
  const { reported, counted } = row.expected;
  const reportedOtherwise = (side) => ![reported[side], row.expected.orReported?.[side] ?? reported[side]].includes(row.reported[side]);
  const found = ['client', 'server'].filter(reportedOtherwise)
    .map((side) => `${row.name}: the ${side} reported ${row.reported[side]}, not ${reported[side]}`);
  const mine = events.filter(({ path }) => path === row.path);
  if (mine.length !== 1) return [...found, `${row.name}: there are ${mine.length} close events, not 1`];
  const each = counted.map(({ client, server, initiator, cause }) => differing(row.name, 'the proxy', mine[0], {
    observed_by: 'proxy', service: row.lane.service, state: 'closed', handshake: 'full', synchronised: true,
    client_observed: client, server_observed: server, initiator, cause,
  }));
  const nearest = each.sort((left, right) => left.length - right.length)[0];
  return [...found, ...nearest, ...legDifferences(row, mine[0], legs.get(row.path) ?? [])];
}

// The counters of every service are the sums of its events.
function counterDifferences(samples, events) {
  const found = [];
  const families = [
    [observedBy.client, ['service', 'code'], (event) => [event.service, label(event.client_observed)]],
    [observedBy.server, ['service', 'code'], (event) => [event.service, label(event.server_observed)]],
    ['websocket_connections_closed_total', ['service', 'initiator', 'cause'], (event) => [event.service, event.initiator, event.cause]],
    ['websocket_opening_handshakes_total', ['service', 'result'], (event) => [event.service, 'opened']],
  ];
  for (const [family, by, labels] of families) {
    const expected = new Map();
    for (const event of events) {
      const key = labels(event).join(' ');
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    const counted = increases(new Map(), samples, family, by);
    for (const key of new Set([...expected.keys(), ...counted.keys()])) {
      if (counted.get(key) !== expected.get(key)) {
        found.push(`${family} of ${key} is ${counted.get(key) ?? 0}, the close events are ${expected.get(key) ?? 0}`);
      }
    }
  }
  return found;
}

await startServers();
const proxy = await startProxy();
const ports = [proxy.plainPort, ...lanes.map(({ server }) => server.port)];
const recording = await Recording.start(join(folder, 'legs.pcap'), 'lo', ports.map((port) => `tcp port ${port}`).join(' or '));
const browser = Browser.installed() ? await Browser.start({ certificate }) : null;
const rows = [];
await Promise.all(lanes.map((lane) => playLane(lane, browser, rows)));

const events = await proxy.eventsUntil(rows.length);
const samples = await proxy.scrape();
const exitCode = await proxy.stop();
await recording.stop();
const legs = recording.closeEvents(capture);
const found = rows.flatMap((row) => rowDifferences(row, events, legs));
found.push(...counterDifferences(samples, events));
if (events.length !== rows.length) found.push(`There are ${events.length} close events of ${rows.length} connections.`);
if (exitCode !== 0) found.push(`closewatch-proxy ended with ${exitCode}: ${proxy.stderr}`);
console.log(`${rows.length} endings: ${lanes.map(({ service, clients }) => `${service} (${clients.join(', ')})`).join('; ')}`);
await browser?.kill();
await Promise.all(lanes.map(({ server }) => server.kill()));
finish(found);
