// The endings between two network namespaces joined by a veth pair: other offloads, other segment
// sizes and a real link between the ends, and nothing that another test does can be seen.
//
// Usage: live_namespaces.mjs PROGRAM

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nodeWebSocketOptions } from './endpoints.mjs';
import { runMatrix } from './matrix.mjs';
import { finish, needProgram, needRoot, skip } from './outcome.mjs';

const [program, namespaceOfServers] = process.argv.slice(2);
needProgram(program);
needRoot();

const clientsLive = `closewatch-clients-${process.pid}`;
const serversLive = `closewatch-servers-${process.pid}`;

// Null, or why it failed.
function ip(...args) {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  return status === 0 ? null : (error?.message ?? stderr.trim());
}

function joinNamespaces() {
  const steps = [
    ['netns', 'add', clientsLive],
    ['netns', 'add', serversLive],
    ['-n', clientsLive, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth0', 'netns', serversLive],
    ...[[clientsLive, '10.77.0.1/24'], [serversLive, '10.77.0.2/24']].flatMap(([namespace, address]) => [
      ['-n', namespace, 'address', 'add', address, 'dev', 'veth0'],
      ['-n', namespace, 'link', 'set', 'veth0', 'up'],
      ['-n', namespace, 'link', 'set', 'lo', 'up'],
    ]),
  ];
  for (const step of steps) {
    const failure = ip(...step);
    if (failure) return failure;
  }
  return null;
}

function part() {
  ip('netns', 'delete', clientsLive);
  ip('netns', 'delete', serversLive);
}

if (!namespaceOfServers) {
  // The clients, the capture and this program itself live in one namespace, the servers in the other.
  process.on('exit', part);
  const failure = joinNamespaces();
  if (failure) skip(`network namespaces are not permitted here (${failure}).`);
  const self = [process.execPath, fileURLToPath(import.meta.url), program, serversLive];
  const { status } = spawnSync('ip', ['netns', 'exec', clientsLive, ...self], { stdio: 'inherit' });
  process.exit(status ?? 1);
}

finish(await runMatrix({
  program, networkInterface: 'veth0', host: '10.77.0.2',
  serverPrefix: ['ip', 'netns', 'exec', namespaceOfServers],
  clients: ['ws', 'websockets', ...(nodeWebSocketOptions() ? ['node'] : [])],
  servers: ['ws', 'websockets'],
}));
