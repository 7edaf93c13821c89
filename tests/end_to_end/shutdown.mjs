// How the program ends: on a signal while packets flow, and when it cannot do what it was asked.
//
// Usage: shutdown.mjs PROGRAM

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import { Program, freePort } from './program.mjs';
import { finish, needProgram, needRoot } from './outcome.mjs';

const [program] = process.argv.slice(2);
needProgram(program);
needRoot();
const found = [];
const folder = mkdtempSync(join(tmpdir(), 'closewatch-'));
chmodSync(folder, 0o755);

async function connect(port, path) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  await once(socket, 'open');
  return socket;
}

// As the program says when it stops, after the last scrape that anybody could make.
function connectionsEnded(stderr) {
  return Number(/(\d+) connections? ended/.exec(stderr)?.[1]);
}

// The moment the last of many connections has closed, and while another one talks without a pause,
// the program is told to stop; what libpcap still holds must be counted.
async function losesNothing(signal) {
  const connections = 200;
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address();
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  const capture = await Program.start(program, ['-i', 'lo', `tcp port ${port}`]);

  const talker = await connect(port, '/talker');
  talker.on('message', () => talker.send('x'.repeat(100)));
  talker.send('begin');
  const sockets = await Promise.all(
    Array.from({ length: connections }, (_, i) => connect(port, `/${i}`)));
  const ended = Promise.all(sockets.map((socket) => once(socket, 'close')));
  for (const socket of sockets) socket.close(4001);
  await ended;
  const asked = Date.now();
  const exitCode = await capture.stop(signal);
  const seconds = (Date.now() - asked) / 1000;
  talker.terminate();
  server.close();

  const counted = connectionsEnded(capture.stderr);
  console.log(`${signal}: ${counted} of ${connections} connections, exit code ${exitCode}, ${seconds} s`);
  if (exitCode !== 0) found.push(`${signal}: exit code ${exitCode}: ${capture.stderr}`);
  if (counted !== connections) found.push(`${signal}: ${counted} of ${connections} connections were seen.`);
  if (seconds > 3) found.push(`${signal}: it took ${seconds} s to stop.`);
}

// One sentence on standard error that holds `says`, and this exit code.
function refuses(what, command, exitCode, says) {
  const { status, stderr } = spawnSync(command[0], command.slice(1), { encoding: 'utf8', timeout: 10000 });
  const lines = stderr.trim().split('\n');
  console.log(`${what}: exit code ${status}: ${lines[0]}`);
  if (status !== exitCode) found.push(`${what}: exit code ${status}, not ${exitCode}: ${stderr}`);
  if (!says.test(stderr)) found.push(`${what}: standard error does not say ${says}: ${stderr}`);
  if (exitCode === 1 && lines.length !== 1) found.push(`${what}: ${lines.length} lines instead of one: ${stderr}`);
}

async function refusals() {
  const free = `127.0.0.1:${await freePort()}`;
  refuses('unknown option', [program, '--no-such-option'], 2, /no-such-option/);
  refuses('-i and -r', [program, '-i', 'lo', '-r', 'x.pcap'], 2, /-r/);
  refuses('--output without -r', [program, '--output', 'json'], 2, /--output needs -r/);
  refuses('missing savefile', [program, '-r', join(folder, 'absent.pcap')], 1, /absent\.pcap/);
  const text = join(folder, 'text.pcap');
  writeFileSync(text, 'This is no savefile, but it is longer than a header.\n');
  refuses('no savefile', [program, '-r', text], 1, /text\.pcap/);
  refuses('unknown interface', [program, '-i', 'no-such-if0', '--metrics-listen', free], 1, /no-such-if0/);

  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const taken = `127.0.0.1:${other.address().port}`;
  refuses('address in use', [program, '-i', 'lo', '--metrics-listen', taken], 1, new RegExp(taken));
  other.close();

  // The program again where nobody may reach it, without any capability.
  const copy = join(folder, 'closewatch-capture');
  copyFileSync(program, copy);
  chmodSync(copy, 0o755);
  const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all', '--bounding-set=-all'];
  refuses('no permission', [...asNobody, copy, '-i', 'lo', '--metrics-listen', free], 1, /CAP_NET_RAW/);
}

await losesNothing('SIGTERM');
await losesNothing('SIGINT');
await refusals();
rmSync(folder, { recursive: true });
finish(found);
