// deploy/container/compose.yaml without Docker's daemon: valid, what it mounts is there, what it
// configures is accepted, and Prometheus asks where the programs listen.
//
// Usage: compose.mjs CLOSEWATCH_CAPTURE CLOSEWATCH_PROXY

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { parse } from 'yaml';
import { readYaml } from './kustomization.mjs';
import { finish, needProgram } from './outcome.mjs';
import { freePort, until } from './program.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const [capture, proxy] = process.argv.slice(2);
needProgram(capture, proxy);
const programs = { capture, proxy };
const deploy = fileURLToPath(new URL('../../deploy', import.meta.url));
const folder = join(deploy, 'container');
const file = join(folder, 'compose.yaml');
const found = [];
const [{ services, volumes }] = readYaml(file);

function expect(what, is, should) {
  if (String(is) !== String(should)) found.push(`${what}: ${is}, not ${should}`);
}

function succeeds(what, command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) console.log(`${command} is not installed; ${what} was not checked with it.`);
  else if (status !== 0) found.push(`${what}: ${stdout}${stderr}`);
}

function checkMounts(name, mounts = []) {
  for (const [source] of mounts.map((mount) => mount.split(':'))) {
    if (!source.startsWith('.')) {
      expect(`${name} mounts the volume ${source}`, source in volumes, true);
      continue;
    }
    const path = join(folder, source);
    expect(`${name} mounts ${source}, which exists`, existsSync(path), true);
  }
}

function checkBuild(name, { context, dockerfile = 'Dockerfile', target }) {
  const text = readFileSync(join(folder, context, dockerfile), 'utf8');
  if (target) expect(`${name} is a target`, text.includes(` AS ${target}\n`), true);
}

function checkSecurity(name, { cap_drop: dropped, cap_add: added = [], read_only: readOnly, security_opt: options = [] }) {
  expect(`${name} drops`, dropped, 'ALL');
  expect(`${name} adds`, added, name === 'capture' ? 'NET_RAW' : '');
  expect(`${name} is read-only`, readOnly, true);
  expect(`${name} may not gain privileges`, options.includes('no-new-privileges:true'), name !== 'capture');
}

// The command of a service, or else that of its image.
function commandOf(name) {
  if (services[name].command) return services[name].command;
  const stage = readFileSync(join(folder, 'Dockerfile'), 'utf8').split(` AS ${name}\n`)[1];
  return JSON.parse(/^CMD (\[.*\])/m.exec(stage)[1]);
}

function checkProgram(name) {
  const command = commandOf(name);
  const config = command[command.indexOf('--config') + 1];
  const mount = services[name].volumes.find((one) => one.split(':')[1] === config);
  succeeds(`the configuration of ${name}`, programs[name], ['--config', join(folder, mount.split(':')[0]), '--check-config']);
  const host = (services[name].network_mode ?? `service:${name}`).split(':')[1];
  return `${host}:${command[command.indexOf('--metrics-listen') + 1].split(':')[1]}`;
}

function checkDrain() {
  const { drain } = parse(readFileSync(join(deploy, 'examples/proxy.yaml'), 'utf8'));
  const needed = parseInt(drain.window) + parseInt(drain.deadline) + 5;
  expect(`the proxy may take ${needed} s to stop`, parseInt(services.proxy.stop_grace_period) >= needed, true);
}

// The one scrape configuration beside deploy/prometheus/prometheus.yml: it may differ in addresses only.
function checkPrometheus(listening) {
  const own = join(folder, 'prometheus.yml');
  const [config] = readYaml(own);
  const targets = config.scrape_configs.flatMap((job) => job.static_configs.flatMap((group) => group.targets));
  expect('Prometheus asks', targets.sort(), listening.sort());
  const there = temporaryFolder();
  cpSync(own, join(there, 'prometheus.yml'));
  cpSync(join(deploy, 'prometheus/rules'), join(there, 'rules'), { recursive: true });
  succeeds('prometheus.yml', 'promtool', ['check', 'config', join(there, 'prometheus.yml')]);
  const withoutAddresses = (text) => JSON.stringify(parse(text.replaceAll(/'[\w.]+:(\d+)'/g, "'$1'")));
  const example = readFileSync(join(deploy, 'prometheus/prometheus.yml'), 'utf8');
  expect('prometheus.yml but for its addresses', withoutAddresses(readFileSync(own, 'utf8')), withoutAddresses(example));
}

async function checkExample() {
  const port = await freePort();
  const echo = spawn('/usr/bin/python3', [join(folder, 'example/echo.py'), `--port=${port}`], { stdio: 'inherit' });
  process.on('exit', () => echo.kill('SIGKILL'));
  let socket;
  const opened = await until(() => new Promise((done) => {
    socket = new WebSocket(`ws://127.0.0.1:${port}`).on('open', () => done(true)).on('error', () => done(false));
  }));
  expect('the example answers', opened, true);
  if (!opened) return;
  socket.send('hello');
  expect('its echo', (await once(socket, 'message'))[0], 'hello');
  const closed = once(socket, 'close');
  echo.kill('SIGTERM');
  expect('its close', (await closed)[0], 1001);
}

succeeds('compose.yaml', 'docker-compose', ['--file', file, 'config', '--quiet']);
for (const [name, service] of Object.entries(services)) {
  checkMounts(name, service.volumes);
  if (!service.build) continue;
  checkBuild(name, service.build);
  checkSecurity(name, service);
}
checkDrain();
checkPrometheus([checkProgram('capture'), checkProgram('proxy')]);
await checkExample();
finish(found);
