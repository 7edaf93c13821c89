// Who ends a connection, and how, in every combination of what a client and a server may do: the
// matrix by which YARP tests its WebSocket telemetry. Raw sockets at both ends also tell that each
// byte, each FIN and each RST comes out as it went in, half-closed connections included.
//
// Usage: yarp_matrix.mjs CLOSEWATCH_PROXY

import { setTimeout as sleep } from 'node:timers/promises';
import { total } from './exposition.mjs';
import { closeFrame, frame, frames } from './frames.mjs';
import { acceptRaw, openRaw } from './opening_handshake.mjs';
import { finish, needProgram } from './outcome.mjs';
import { observedBy } from './program.mjs';
import { Proxy } from './proxy.mjs';
import { RawServer } from './raw_socket.mjs';

const [program] = process.argv.slice(2);
needProgram(program);

const codeOf = { client: 3001, server: 3002 };
const other = { client: 'server', server: 'client' };
const lead = 150;  // ms by which the first side acts before the second
const bound = 900;  // ms after which the test ends what nobody ends

// What one side does. One that starts acts before it hears from the other, and `sends` a Close or not;
// one that does not start waits for the other's Close. `ends` says when it ends its direction; one that
// never gets the Close that it waits for is ended by the test.
const actions = {
  'close TCP': { starts: true, sends: false, ends: 'at once' },
  'send Close and wait': { starts: true, sends: true, ends: 'after the Close' },
  'send Close and close': { starts: true, sends: true, ends: 'at once' },
  'wait for Close then send': { starts: false, sends: true, ends: 'after the Close' },
  'wait for Close then close TCP': { starts: false, sends: false, ends: 'after the Close' },
  // Not of YARP's matrix: a reset has to come out as a reset.
  'reset': { starts: true, sends: false, ends: 'by reset' },
  'send Close and reset': { starts: true, sends: true, ends: 'by reset' },
};
const yarp = Object.keys(actions).slice(0, 5);

// One side of one connection: acts, and remembers what it sent.
class Side {
  sent = Buffer.alloc(0);
  ended = null;  // how: "fin" or "reset"

  constructor(name, action, socket) {
    Object.assign(this, { name, socket, ...actions[action] });
    this.say(frame(name, 'text', `hello from the ${name}`));
  }

  say(bytes) {
    this.socket.send(bytes);
    this.sent = Buffer.concat([this.sent, bytes]);
  }

  close() {
    if (this.sends) this.say(closeFrame(this.name, codeOf[this.name], `by the ${this.name}`));
  }

  finish() {
    if (this.ended) return;
    this.ended = 'fin';
    this.socket.finish();
  }

  async reset() {
    if (this.sends) await sleep(lead / 2);  // a reset at once would overtake the Close
    this.ended = 'reset';
    this.socket.reset();
  }

  hearsClose() {
    const hasClose = () => frames(this.socket.bytes).frames.some(({ opcode }) => opcode === 'close');
    return this.socket.until(() => hasClose() || this.socket.closed, bound / 1000).then(hasClose);
  }

  async act(delay) {
    if (this.starts) {
      await sleep(delay);
      this.close();
    }
    if (this.ends === 'by reset') return this.reset();
    if (this.ends === 'after the Close') {
      if (!(await this.hearsClose())) return null;
      if (!this.starts) this.close();
    }
    return this.finish();
  }
}

// What the wire shows when `first` acts before the other side does; where neither starts, the test ends
// the client's direction first.
function expectation(row) {
  const does = { client: actions[row.client], server: actions[row.server] };
  const initiator = [row.first, other[row.first], 'client'].find((side, i) => i === 2 || does[side].starts);
  const answerer = other[initiator];
  const sent = { [initiator]: does[initiator].starts && does[initiator].sends };
  const reset = does[initiator].ends === 'by reset';
  // An answerer that starts of its own is too late for a connection that was reset.
  sent[answerer] = does[answerer].sends && (does[answerer].starts ? !reset : sent[initiator]);
  const withoutClose = reset ? 'reset' : 'fin';
  const causes = [withoutClose, 'unanswered_close', 'closing_handshake'];
  return {
    observed_by: 'proxy', state: 'closed', initiator, cause: causes[sent.client + sent.server],
    client_observed: sent.server ? codeOf.server : 1006,
    server_observed: sent.client ? codeOf.client : 1006,
  };
}

function differences(name, is, should) {
  return Object.entries(should).filter(([field, value]) => is[field] !== value)
    .map(([field, value]) => `${name}: ${field} is ${is[field]}, not ${value}`);
}

async function play(proxy, waiting, row) {
  const served = new Promise((resolve) => waiting.set(row.path, resolve));
  const clientSocket = await openRaw(proxy.port, row.path);
  const client = new Side('client', row.client, clientSocket);
  const server = new Side('server', row.server, await served);
  const sides = [client, server];
  await Promise.all(sides.map(({ socket }) => socket.until(() => socket.bytes.length > 0)));
  await Promise.all(sides.map((side) => side.act(side.name === row.first ? 0 : lead)));
  client.finish();
  await sleep(50);
  server.finish();
  await Promise.all(sides.filter(({ ended }) => ended !== 'reset').map(({ socket }) => socket.ended(2)));
  return [...relayed(row, client, server), ...relayed(row, server, client)];
}

// Every byte, and the end, that `from` sent and `to` received.
function relayed(row, from, to) {
  if (to.ended === 'reset') return [];  // hears nothing any more
  const found = [];
  const came = to.socket.bytes;
  const whole = from.ended === 'fin' ? came.equals(from.sent) : from.sent.subarray(0, came.length).equals(came);
  if (!whole) {
    found.push(`${row.name}: the ${to.name} received ${came.toString('hex')}, not ${from.sent.toString('hex')}`);
  }
  if (to.socket.end !== from.ended) {
    found.push(`${row.name}: the ${to.name} saw ${to.socket.end}, but the ${from.name} ended by ${from.ended}`);
  }
  return found;
}

function rows() {
  const pairs = yarp.flatMap((client) => yarp.map((server) => ({ client, server })));
  const ordered = pairs.flatMap((pair) => ['client', 'server'].map((first) => ({ ...pair, first })));
  const resets = ['reset', 'send Close and reset'].flatMap((action) =>
    ['send Close and wait', 'wait for Close then close TCP', 'wait for Close then send'].flatMap((peer) => [
      { client: action, server: peer, first: 'client' }, { client: peer, server: action, first: 'server' },
    ]));
  return [...ordered, ...resets].map((row, i) => ({
    ...row, path: `/${i}`, name: `client: ${row.client}; server: ${row.server}; ${row.first} first`,
  }));
}

const found = [];
const waiting = new Map();
const server = await RawServer.start(async (socket) => {
  const { target } = await acceptRaw(socket);
  waiting.get(target)(socket);
});
const proxy = await Proxy.startPlain(program, [server.port]);
const all = rows();
const played = await Promise.all(all.map((row) => play(proxy, waiting, row).catch((error) => [`${row.name}: ${error.message}`])));
const events = new Map((await proxy.eventsUntil(all.length)).map((event) => [event.path, event]));

all.forEach((row, i) => {
  found.push(...played[i]);
  const event = events.get(row.path);
  if (!event) return found.push(`${row.name}: there is no close event`);
  console.log(`${row.name}: ${event.initiator} ${event.cause}, ${event.client_observed} and ${event.server_observed}`);
  return found.push(...differences(row.name, event, expectation(row)));
});
const last = await proxy.scrape();
for (const [side, family] of Object.entries(observedBy)) {
  if (total(last, family) !== all.length) {
    found.push(`${total(last, family)} closes were counted for the ${side}s, not ${all.length}`);
  }
}
if (server.failure) found.push(`the server: ${server.failure.message}`);
const exitCode = await proxy.stop();
if (exitCode !== 0) found.push(`closewatch-proxy ended with ${exitCode}: ${proxy.stderr}`);
await server.stop();
finish(found);
