// What the kernel says of every thread of the running programs: no capability, no way to gain one, a
// filter of system calls, another user than root. And that they refuse to start when it does not hold.
//
// Usage: sandbox.mjs CLOSEWATCH_PROXY CLOSEWATCH_CAPTURE NO_FILTER_LIBRARY

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import { finish, needProgram, needRoot, staysItself } from './outcome.mjs';
import { Program, freePort, until } from './program.mjs';
import { Proxy, serviceTo } from './proxy.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const [proxyProgram, captureProgram, noFilter] = process.argv.slice(2);
needProgram(proxyProgram, captureProgram, noFilter);
needRoot();
const found = [];

function expect(what, is, should) {
  if (String(is) !== String(should)) found.push(`${what}: ${is}, not ${should}`);
}

const idOf = (option, user) => execFileSync('id', [option, user], { encoding: 'utf8' }).trim();
const exists = (user) => spawnSync('id', [user]).status === 0;
const usual = exists('closewatch') ? 'closewatch' : 'nobody';
const [uid, gid] = [Number(idOf('-u', usual)), Number(idOf('-g', usual))];

const none = '0000000000000000';
const bindService = '0000000000000400';
const full = readFileSync('/proc/self/status', 'utf8').match(/^CapBnd:\s+(\w+)/m)[1];
const inside = { Uid: uid, Gid: gid, CapInh: none, CapPrm: none, CapEff: none, CapBnd: none, CapAmb: none, NoNewPrivs: 1, Seccomp: 2 };

// The fields of `wanted` as each thread has them; of ids the effective one.
function expectThreads(what, pid, wanted, threads) {
  const all = readdirSync(`/proc/${pid}/task`);
  for (const thread of all) {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    for (const [field, should] of Object.entries(wanted)) {
      const values = new RegExp(`^${field}:\\s+(.*)$`, 'm').exec(status)[1].split(/\s+/);
      expect(`${what}, thread ${thread} of ${all.length}: ${field}`, values[1] ?? values[0], should);
    }
  }
  if (all.length < threads) found.push(`${what} has ${all.length} threads, not ${threads} or more`);
}

async function startEcho() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  return server;
}

// One WebSocket that is opened, used and closed with 1000; its close code, or what went wrong.
async function converse(port, host = '127.0.0.1') {
  const socket = new WebSocket(`ws://${host}:${port}/`);
  const ended = new Promise((resolve) => {
    socket.on('close', resolve);
    socket.on('error', ({ message }) => resolve(message));
  });
  socket.on('open', () => socket.send('x'.repeat(100_000)));
  socket.on('message', () => socket.close(1000));
  return ended;
}

// For the user that the program becomes: it may read its configuration again, and has a folder for its log.
function folderFor(owner) {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  chownSync(folder, owner, owner);
  return folder;
}

async function lowPort() {
  for (let port = 1023; ; --port) {
    const server = createServer().listen(port, '127.0.0.1');
    const free = await once(server, 'listening').then(() => true, () => false);
    server.close();
    if (free) return port;
  }
}

async function proxyUnderTraffic(echo) {
  const { port } = echo.address();
  const service = { name: 'default', upstreams: [`localhost:${port}`] };
  const proxy = await Proxy.start(proxyProgram, { services: [service] });
  expect('through a proxy that looks up its upstream', await converse(proxy.port), 1000);
  expectThreads('the proxy', proxy.pid, inside, 5);
  expect('its open descriptors', (await proxy.scrape()).get('process_open_fds{}') > 5, true);

  const config = { services: [service], timeouts: { idle: '1h' } };
  expect('a configuration that the new user cannot read is taken', await proxy.reload(config), false);
  expect('and the proxy says why', /proxy\.yaml: cannot be read: Permission denied/.test(proxy.stderr), true);
  expect('and goes on', await converse(proxy.port), 1000);
  expect('the exit code of the proxy', await proxy.stop(), 0);
}

async function proxyReloads(echo) {
  const folder = folderFor(uid);
  const services = [serviceTo([echo.address().port])];
  const [port, later] = [await freePort(), await freePort()];
  const at = (...ports) => ports.map((number) => ({ address: `127.0.0.1:${number}` }));
  const proxy = await Proxy.start(proxyProgram, { listeners: at(port), services }, { folder });
  const log = join(folder, 'events.jsonl');
  renameSync(log, `${log}.1`);
  expect('a configuration that the new user can read is taken', await proxy.reload({ listeners: at(port, later), services }), true);
  expect('through a new listener', await converse(later), 1000);
  expect('the event log is a new file', existsSync(log), true);
  expect('the events in it', (await proxy.eventsUntil(1)).length, 1);
  expectThreads('the proxy after a reload', proxy.pid, inside, 5);
  expect('its exit code', await proxy.stop(), 0);
}

async function proxyOnLowPorts(echo) {
  const services = [serviceTo([echo.address().port])];
  const port = await lowPort();
  const listeners = [{ address: `127.0.0.1:${port}` }];
  const folder = folderFor(uid);
  const proxy = await Proxy.start(proxyProgram, { listeners, services }, { folder });
  expectThreads('the proxy on a low port', proxy.pid, { ...inside, CapPrm: bindService, CapEff: bindService }, 4);
  const other = await lowPort();
  expect('another low port is taken', await proxy.reload({ listeners: [...listeners, { address: `127.0.0.1:${other}` }], services }), true);
  expect('through it', await converse(other), 1000);
  expect('its exit code', await proxy.stop(), 0);
}

async function otherUsers(echo) {
  const ports = [echo.address().port];
  const root = await Proxy.startPlain(proxyProgram, ports, { args: staysItself });
  expectThreads('the proxy that stays root', root.pid, { ...inside, Uid: 0, Gid: 0 }, 4);
  expect('through it', await converse(root.port), 1000);
  await root.stop();

  const daemon = await Proxy.startPlain(proxyProgram, ports, { args: ['--user', 'daemon'] });
  expectThreads('the proxy as daemon', daemon.pid, { ...inside, Uid: idOf('-u', 'daemon'), Gid: idOf('-g', 'daemon') }, 4);
  await daemon.stop();

  const outside = await Proxy.startPlain(proxyProgram, ports, { args: ['--sandbox=off'] });
  expectThreads('the proxy without a sandbox', outside.pid, { Uid: 0, NoNewPrivs: 0, Seccomp: 0, CapEff: full }, 4);
  await outside.stop();
}

async function liveCapture(echo) {
  const { port } = echo.address();
  const capture = await Program.start(captureProgram, ['-i', 'lo', `tcp port ${port}`]);
  await countsOne('the capture', capture, port);
  expectThreads('the capture', capture.pid, inside, 2);
  expect('its exit code', await capture.stop(), 0);
}

async function countsOne(what, capture, port) {
  const before = await capture.scrape();
  expect(`beside ${what}`, await converse(port), 1000);
  const after = await capture.scrapeAfter(before, 1);
  expect(`${what} counted`, after.get('websocket_client_observed_closes_total{code="1000",service="default"}'), 1);
}

// As the README says: an ordinary user, and a program that may capture.
async function captureWithFileCapability(echo) {
  const { port } = echo.address();
  const folder = folderFor(uid);
  const copy = join(folder, 'closewatch-capture');
  copyFileSync(captureProgram, copy);
  chmodSync(copy, 0o755);
  execFileSync('setcap', ['cap_net_raw+ep', copy]);
  const launcher = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const capture = await Program.start(copy, ['-i', 'lo', `tcp port ${port}`], { launcher });
  await countsOne('the capture by an ordinary user', capture, port);
  // Only CAP_SETPCAP can empty the bounding set; no program can be started that would gain from it.
  expectThreads('the capture by an ordinary user', capture.pid, { ...inside, CapBnd: full }, 2);
  expect('its exit code', await capture.stop(), 0);
}

// Waits for standard input while it is looked at.
async function savefile() {
  const folder = temporaryFolder();  // root's alone: all that is in it is opened before
  const metrics = join(folder, 'metrics.prom');
  writeFileSync(metrics, 'what was there before\n'.repeat(10_000));
  const header = Buffer.alloc(24);
  [0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1].forEach((word, i) => header.writeUInt32LE(word, i * 4));
  const file = join(folder, 'empty.pcap');
  writeFileSync(file, header);
  const reader = spawn(captureProgram, ['-r', '-', '-r', file, '--metrics-once', metrics, 'tcp port http or host localhost']);
  let said = '';
  reader.stderr.on('data', (data) => (said += data));
  const filtered = () => /^Seccomp:\s+2$/m.test(readFileSync(`/proc/${reader.pid}/status`, 'utf8'));
  expect('the reader of a savefile is filtered', await until(filtered, 10), true);
  expectThreads('the reader of a savefile', reader.pid, inside, 1);
  const exited = once(reader, 'exit');
  reader.stdin.end(header);
  expect(`its exit code (${said})`, (await exited)[0], 0);
  const text = readFileSync(metrics, 'utf8');
  expect('its metrics', text.includes('websocket_') && !text.includes('what was there'), true);
}

// A libseccomp that does nothing, or cannot do what it is asked for.
async function refusals() {
  const free = async () => `127.0.0.1:${await freePort()}`;
  const commands = {
    proxy: [proxyProgram, '--listen', await free(), '--upstream', await free(), '--metrics-listen', await free()],
    capture: [captureProgram, '-i', 'lo', '--metrics-listen', await free()],
    savefile: [captureProgram, '-r', '/dev/null'],
  };
  const answers = {
    0: /: the sandbox does not hold: .* is still possible; --sandbox=off runs without that protection\n$/,
    '-22': /: cannot filter the system calls of this process: Invalid argument; --sandbox=off runs without that protection\n$/,
  };
  for (const [name, command] of Object.entries(commands)) {
    for (const [answer, says] of Object.entries(answers)) {
      const env = { ...process.env, LD_PRELOAD: noFilter, SECCOMP_LOAD_RETURNS: answer };
      const { status, stderr, stdout } = spawnSync(command[0], command.slice(1), { env, encoding: 'utf8', timeout: 20000 });
      expect(`${name} with a filter that answers ${answer} ends with`, status, 1);
      if (!says.test(stderr) || stderr.split('\n').length !== 2) found.push(`${name} says: ${stderr}`);
      expect(`${name} reports`, stdout, '');
    }
  }
}

const echo = await startEcho();
await proxyUnderTraffic(echo);
await proxyReloads(echo);
await proxyOnLowPorts(echo);
await otherUsers(echo);
await liveCapture(echo);
await captureWithFileCapability(echo);
await savefile();
await refusals();
echo.close();
finish(found);
