// The Dockerfile as far as it can be tried without a registry: its syntax, that what it copies and
// installs is what the programs need, its health checks against the programs, and the capture as the
// user and with the one capability that it has in a container.
//
// Usage: container.mjs CLOSEWATCH_CAPTURE CLOSEWATCH_PROXY

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { endings } from './endings.mjs';
import { Client, Server } from './endpoints.mjs';
import { play } from './matrix.mjs';
import { finish, needProgram } from './outcome.mjs';
import { Program, observedBy } from './program.mjs';
import { Proxy } from './proxy.mjs';
import { temporaryFolder } from './temporary_folder.mjs';
import { total } from './exposition.mjs';

const [capture, proxy] = process.argv.slice(2);
needProgram(capture, proxy);
const root = fileURLToPath(new URL('../..', import.meta.url));
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const found = [];

function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

function expect(what, is, should) {
  if (String(is) !== String(should)) found.push(`${what}: ${is}, not ${should}`);
}

function checkSyntax(text, name) {
  for (const { range, message } of validate(text)) found.push(`${name}:${range.start.line + 1}: ${message}`);
}

// Stage -> its instructions, in order.
function stagesOf(text) {
  const stages = new Map();
  let stage = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') stages.set(instruction.getBuildStage(), (stage = []));
    stage.push(instruction);
  }
  return stages;
}

const all = (stage, keyword) => stage.filter((instruction) => instruction.getKeyword() === keyword);
const said = (stage, keyword) => all(stage, keyword).map((instruction) => instruction.getRawArgumentsContent()).join(' ');
const listed = (stage, keyword) => JSON.parse(said(stage, keyword));

// The packages between `install` with its options and the next command.
function installed(stage) {
  const commands = said(stage, 'RUN').replaceAll(/\\\n/g, ' ').split(/&&/);
  const install = commands.find((command) => command.includes('apt-get install')) ?? '';
  return install.trim().split(/\s+/).slice(2).filter((word) => !word.startsWith('-'));
}

// The packages of the libraries that a program itself asks for, as the loader finds them.
function needed(program) {
  const direct = [...run('readelf', ['--dynamic', program]).stdout.matchAll(/NEEDED.*\[(.*)\]/g)].map(([, name]) => name);
  const paths = new Map([...run('ldd', [program]).stdout.matchAll(/^\s*(\S+) => (\S+)/gm)].map(([, name, path]) => [name, path]));
  return direct.filter((name) => paths.has(name)).map((name) => {
    const path = paths.get(name).replace(/^\/usr(?=\/lib)/, '');
    const { stdout } = run('dpkg-query', ['--search', path, `/usr${path}`]);
    return stdout.split(':')[0] || `the package of ${path}`;
  });
}

// What is in the image without being asked for by the program, and why.
const besides = { capture: ['ca-certificates', 'libcap2-bin'], proxy: ['ca-certificates'] };

function checkStage(name, stage, program) {
  expect(`${name} begins with`, said(stage, 'FROM'), `\${DEBIAN}:12-slim AS ${name}`);
  expect(`packages of ${name}`, installed(stage).sort(), [...new Set([...needed(program), 'libc6', ...besides[name]])].sort());
  expect(`user of ${name}`, /^[1-9]\d*:[1-9]\d*$/.test(said(stage, 'USER')), true);
  expect(`signal of ${name}`, said(stage, 'STOPSIGNAL'), 'SIGTERM');
  expect(`program of ${name}`, listed(stage, 'ENTRYPOINT'), `/usr/bin/closewatch-${name}`);
  const args = listed(stage, 'CMD');
  const port = /:(\d+)$/.exec(args[args.indexOf('--metrics-listen') + 1])[1];
  expect(`${name} exposes its metrics`, said(stage, 'EXPOSE').split(' ').includes(port), true);
  return port;
}

// What is copied from the sources is in them, and neither ignored nor missing in another clone.
function checkCopies(stages) {
  for (const [name, stage] of stages) {
    for (const copy of all(stage, 'COPY').filter((instruction) => instruction.getFlags().length === 0)) {
      const source = copy.getArguments()[0].getValue();
      if (run('git', ['-c', 'safe.directory=*', '-C', root, 'ls-files', '--error-unmatch', source]).status !== 0) {
        found.push(`${name} copies ${source}, which is not in the sources`);
      }
    }
  }
}

// The command of HEALTHCHECK, with the port that the program under test listens at.
async function checkHealth(name, stage, port, program) {
  const health = said(stage, 'HEALTHCHECK');
  const command = JSON.parse(health.slice(health.indexOf('CMD') + 3));
  const actual = command.map((word) => word.replace(`/${port}`, `/${program.address.split(':')[1]}`));
  expect(`health of ${name}`, run(actual[0], actual.slice(1)).status, 0);
  await program.stop();
  expect(`health of ${name} after its end`, run(actual[0], actual.slice(1)).status, 1);
}

// The user of a container may not look into the folder of the build; a file capability is on the copy.
function installedCapture() {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  const program = join(folder, 'closewatch-capture');
  copyFileSync(capture, program);
  const { status, stderr } = run('/sbin/setcap', ['cap_net_raw+ep', program]);
  if (status !== 0) found.push(`setcap: ${stderr}`);
  return program;
}

async function checkCapability(runtime, program) {
  const launcher = ['/usr/bin/python3', here('as_container.py'), runtime];
  const server = await Server.start('ws');
  const client = await Client.start('ws');
  const contained = await Program.start(program, ['-i', 'lo', `tcp port ${server.port}`], { launcher });
  const before = await contained.scrape();
  await play(endings.find(({ name }) => name === '1000 by client'), client, server, '/contained');
  const after = await contained.scrapeAfter(before, 1);
  expect(`closes that it captured as in ${runtime}`, total(after, observedBy.client), 1);
  return contained;
}

async function checkCapture(stage, port) {
  const program = installedCapture();
  await (await checkCapability('docker', program)).stop();
  await checkHealth('capture', stage, port, await checkCapability('kubernetes', program));
  const { status } = run('/usr/bin/python3', [here('as_container.py'), 'without', program, '--version']);
  expect('it starts without NET_RAW', status === 0, false);
}

const file = join(root, 'deploy/container/Dockerfile');
const text = readFileSync(file, 'utf8');
const stages = stagesOf(text);
checkSyntax(text, 'Dockerfile');
checkSyntax(readFileSync(join(root, 'deploy/container/example/Dockerfile'), 'utf8'), 'example/Dockerfile');
expect('stages', [...stages.keys()].filter(Boolean), 'build,capture,proxy');
if (existsSync(join(root, '.git'))) checkCopies(stages);

const ports = { capture: checkStage('capture', stages.get('capture'), capture), proxy: checkStage('proxy', stages.get('proxy'), proxy) };
await checkHealth('proxy', stages.get('proxy'), ports.proxy, await Proxy.startPlain(proxy, [9]));
if (process.getuid() === 0) await checkCapture(stages.get('capture'), ports.capture);
else console.log('The capture was not tried as in a container, which needs root.');
finish(found);
