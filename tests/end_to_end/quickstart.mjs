// deploy/quickstart.sh from a built tree: the demo's connections are the numbers of the first look.
//
// Usage: quickstart.mjs ROOT_OF_THE_PROJECT

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { freePort } from './program.mjs';
import { finish, needRoot } from './outcome.mjs';

const [root] = process.argv.slice(2);
needRoot();
const found = [];

function quickstart(args) {
  const { status, stdout, stderr } = spawnSync('bash', [join(root, 'deploy/quickstart.sh'), ...args], {
    cwd: '/', encoding: 'utf8', timeout: 500000,
  });
  return { status, stdout, stderr };
}

const address = `127.0.0.1:${await freePort()}`;
for (const time of ['first', 'second']) {
  const { status, stdout, stderr } = quickstart(['--once', '--metrics-listen', address]);
  console.log(stdout);
  if (status !== 0) found.push(`The ${time} time it ended with ${status}: ${stderr}`);
  // Loopback is shared with whatever else runs on this machine, so that more may have been counted.
  const least = { 1000: [15, 16], 1001: [10, 10], 1005: [3, 3], 1006: [6, 5], 1008: [2, 2], 1009: [1, 1], 1011: [2, 2], 1012: [4, 4], 4000: [2, 2] };
  for (const [code, [client, server]] of Object.entries(least)) {
    const row = new RegExp(`^${code}\\b.*?(\\d+) +(\\d+)$`, 'm').exec(stdout);
    if (!row || Number(row[1]) < client || Number(row[2]) < server) {
      found.push(`The ${time} time ${code} should be at least ${client} and ${server}: ${row?.[0] ?? 'no such row'}`);
    }
  }
}
finish(found);
