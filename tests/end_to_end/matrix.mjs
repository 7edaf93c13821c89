// Plays every ending between every client and every server while closewatch-capture watches, and
// compares: what each endpoint reports, what the counters gained, and what -r says of a recording
// of the same packets.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program, observedBy } from './program.mjs';
import { Client, Server } from './endpoints.mjs';
import { endings, expectation, possible } from './endings.mjs';
import { increases, total } from './exposition.mjs';
import { Recording } from './recording.mjs';

// A code that may not stand on the wire is no label value.
const isValid = (code) =>
  (code >= 1000 && code <= 1014 && code !== 1004) || (code >= 3000 && code <= 4999);
export const label = (code) => (isValid(code) ? String(code) : 'invalid');

// The codes that the two ends report, null where an end is gone. `origin` is where the client connects to.
export async function play(ending, client, server, path, origin = `ws://${server.host}:${server.port}`) {
  const query = new URLSearchParams({ by: ending.by, do: ending.action, code: ending.code ?? 0 });
  client.say({ url: `${origin}${path}?${query}` });
  const reported = async (end, side) => {
    const told = ending.action === 'kill' && ending.by === side ? end.killAt(path).then(() => null) : end.closed(path);
    return told.catch(() => 'nothing');
  };
  const [clientCode, serverCode] = await Promise.all([
    reported(client, 'client'),
    reported(server, 'server'),
  ]);
  return { client: clientCode, server: serverCode };
}

const only = (added) => [...added].map(([key, n]) => (n === 1 ? key : `${n} x ${key}`)).join(', ') || '-';

function counted(before, after) {
  const ended = only(increases(before, after, 'websocket_connections_closed_total', ['initiator', 'cause']));
  return {
    client: only(increases(before, after, observedBy.client, ['code'])),
    server: only(increases(before, after, observedBy.server, ['code'])),
    ended,
  };
}

// Sentences about everything that is not as it must be.
function differences({ name, expected, reported, counts }, codes) {
  const found = [];
  const expect = (what, is, should) => {
    if (is !== should) found.push(`${name}: ${what} ${is}, not ${should}`);
  };
  expect('the client reported', reported.client, expected.reported.client);
  expect('the server reported', reported.server, expected.reported.server);
  expect('for the client we counted', counts.client, label(codes.client));
  expect('for the server we counted', counts.server, label(codes.server));
  expect('we counted', counts.ended, `${codes.initiator} ${codes.cause}`);
  return found;
}

function eventDifferences({ name, path }, codes, events) {
  const found = events.get(path) ?? [];
  if (found.length !== 1) return [`${name}: -r gave ${found.length} close events, not 1`];
  const wanted = {
    state: 'closed', client_observed: codes.client, server_observed: codes.server,
    initiator: codes.initiator, cause: codes.cause, handshake: 'full', synchronised: true,
  };
  return Object.entries(wanted)
    .filter(([field, value]) => found[0][field] !== value)
    .map(([field, value]) => `${name}: -r gave ${field} ${found[0][field]}, not ${value}`);
}

// What differs from that of the expected outcomes of this row which comes nearest.
function rowDifferences(row, events) {
  const each = row.expected.counted.map((codes) => [
    ...differences(row, codes), ...eventDifferences(row, codes, events),
  ]);
  return each.sort((left, right) => left.length - right.length)[0];
}

function print(rows) {
  const head = ['ending', 'client', 'server', 'client reported', 'counted', 'server reported', 'counted', 'initiator, cause'];
  const lines = rows.map(({ ending, client, server, reported, counts }) => [
    ending, client, server, reported.client ?? 'gone', counts.client, reported.server ?? 'gone',
    counts.server, counts.ended,
  ].map(String));
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column].length)));
  for (const line of [head, ...lines]) {
    console.log(line.map((text, column) => text.padEnd(widths[column])).join('  ').trimEnd());
  }
}

async function playAll(capture, clients, servers) {
  const rows = [];
  let before = await capture.scrape();
  for (const client of clients) {
    for (const server of servers) {
      for (const ending of endings.filter((one) => possible(one, client.library, server.library))) {
        const path = `/${rows.length}/${client.library}/${server.library}`;
        const name = `${ending.name} (${client.library} to ${server.library})`;
        const expected = expectation(ending, client.library, server.library);
        const reported = await play(ending, client, server, path);
        const after = await capture.scrapeAfter(before, 1);
        const counts = counted(before, after);
        rows.push({ name, path, ending: ending.name, client: client.library, server: server.library, expected, reported, counts });
        before = after;
      }
    }
  }
  return { rows, last: before };
}

// Returns sentences about what differs; none is success.
export async function runMatrix({ program, networkInterface, host, serverPrefix = [], clients, servers }) {
  const folder = mkdtempSync(join(tmpdir(), 'closewatch-'));
  const startedServers = await Promise.all(servers.map((library) => Server.start(library, { host, prefix: serverPrefix })));
  const startedClients = await Promise.all(clients.map((library) => Client.start(library)));
  const filter = startedServers.map(({ port }) => `tcp port ${port}`).join(' or ');
  const recording = await Recording.start(join(folder, 'live.pcap'), networkInterface, filter);
  const capture = await Program.start(program, ['-i', networkInterface, filter]);
  const { rows, last } = await playAll(capture, startedClients, startedServers);

  print(rows);
  const found = [];
  const opened = last.get('websocket_opening_handshakes_total{result="opened",service="default"}');
  if (opened !== rows.length) found.push(`${opened} opening handshakes were counted, not ${rows.length}`);
  for (const family of Object.values(observedBy)) {
    if (total(last, family) !== rows.length) found.push(`${family} sums to ${total(last, family)}, not ${rows.length}`);
  }
  const exitCode = await capture.stop();
  if (exitCode !== 0) found.push(`closewatch-capture ended with ${exitCode}: ${capture.stderr}`);
  await recording.stop();
  const events = recording.closeEvents(program);
  found.push(...rows.flatMap((row) => rowDifferences(row, events)));

  await Promise.all([...startedClients, ...startedServers].map((end) => end.kill()));
  if (found.length === 0) rmSync(folder, { recursive: true });
  else console.log(`The packets are in ${recording.file}`);
  return found;
}
