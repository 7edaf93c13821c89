// The systemd units: without a mistake, and with little that an intruder could use.
//
// Usage: systemd_units.mjs REPOSITORY CLOSEWATCH_CAPTURE CLOSEWATCH_PROXY

import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { finish, needCommand, needProgram } from './outcome.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const [repository, ...programs] = process.argv.slice(2);
needProgram(repository, ...programs);
needCommand('systemd-analyze');
const found = [];
const mostExposed = 2.0;

function analyze(...args) {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  return { status, stdout, said: `${stdout}${stderr}`.trim() };
}

// The values of a key, in their order.
const values = (unit, key) => [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value);

// The units as they are but for the place of the program, which has to exist.
const folder = temporaryFolder();
const sources = join(repository, 'deploy/systemd');
const units = new Map();
for (const name of readdirSync(sources)) {
  const text = readFileSync(join(sources, name), 'utf8');
  const placed = programs.reduce((unit, program) => unit.replaceAll(`ExecStart=/usr/bin/${basename(program)} `, `ExecStart=${program} `), text);
  writeFileSync(join(folder, name), placed);
  units.set(name, text);
}

const verified = analyze('verify', '--man=no', ...[...units.keys()].map((name) => join(folder, name)));
if (verified.status !== 0 || verified.said !== '') found.push(`systemd-analyze verify: ${verified.said}`);

const may = {
  'closewatch-capture.service': 'CAP_NET_RAW',
  'closewatch-proxy.service': '',
};
for (const [name, capabilities] of Object.entries(may)) {
  const { stdout, said } = analyze('security', '--offline=true', '--no-pager', join(folder, name));
  const level = Number(/Overall exposure level for .*: ([\d.]+)/.exec(stdout)?.[1] ?? NaN);
  console.log(`${name}: exposure level ${level}`);
  if (!(level <= mostExposed)) found.push(`${name}: exposure level ${level}, above ${mostExposed}: ${said}`);
  for (const key of ['CapabilityBoundingSet', 'AmbientCapabilities']) {
    const given = values(units.get(name), key).join(' ');
    if (given !== capabilities) found.push(`${name}: ${key}=${given}, not ${capabilities || 'none'}`);
  }
  // SystemCallFilter= of the unit must not keep the program from confining itself.
  for (const call of ['capset', 'seccomp']) {
    if (!values(units.get(name), 'SystemCallFilter').at(-1)?.split(' ').includes(call)) found.push(`${name} does not permit ${call}.`);
  }
}

// The drain ends by itself before systemd ends it.
const seconds = (text) => Number(/^(\d+)s$/.exec(text)?.[1] ?? NaN);
const example = readFileSync(join(repository, 'deploy/examples/proxy.yaml'), 'utf8');
const drain = ['window', 'deadline'].map((key) => seconds(new RegExp(`^drain:\\n(?:  .*\\n)*?  ${key}: (\\S+)`, 'm').exec(example)[1]));
const stop = seconds(values(units.get('closewatch-proxy.service'), 'TimeoutStopSec')[0]);
if (!(stop > drain[0] + drain[1])) found.push(`TimeoutStopSec=${stop}s is not above the drain of ${drain.join(' and ')} s`);

// The socket is where the packaged configuration listens.
const packaged = readFileSync(join(repository, 'deploy/debian/proxy.yaml'), 'utf8');
for (const address of values(units.get('closewatch-proxy.socket'), 'ListenStream')) {
  if (!packaged.includes(`- address: ${address}\n`)) found.push(`ListenStream=${address} is no listener of deploy/debian/proxy.yaml`);
}
finish(found);
