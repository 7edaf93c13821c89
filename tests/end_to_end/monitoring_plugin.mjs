// check_websocket_closes against a live proxy: what it says after each thing that happens.
//
// Usage: monitoring_plugin.mjs CLOSEWATCH_PROXY

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endings } from './endings.mjs';
import { Client, Server } from './endpoints.mjs';
import { total } from './exposition.mjs';
import { play } from './matrix.mjs';
import { finish, needProgram } from './outcome.mjs';
import { observedBy } from './program.mjs';
import { Proxy } from './proxy.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const [program] = process.argv.slice(2);
needProgram(program);
const plugin = fileURLToPath(new URL('../../deploy/monitoring-plugins/check_websocket_closes', import.meta.url));
const found = [];
const folder = temporaryFolder();

function expect(what, args, code, part) {
  const { status, stdout, stderr } = spawnSync(plugin, ['--url', `http://${proxy.address}/metrics`, ...args], { encoding: 'utf8' });
  console.log(`${what}: ${status}, ${stdout.trim()}`);
  if (status !== code || !stdout.includes(part)) found.push(`${what}: ${status}, ${stdout}${stderr}, not ${code} with ${part}`);
}

let played = 0;
async function end(name, times) {
  const ending = endings.find((one) => one.name === name);
  for (let i = 0; i < times; ++i) await play(ending, client, server, `/${++played}`, proxy.url);
  await proxy.scrapeUntil((samples) => total(samples, observedBy.client) >= played);
}

const server = await Server.start('ws');
const client = await Client.start('ws');
const proxy = await Proxy.startPlain(program, [server.port]);
const sinceLast = (file) => ['--state', join(folder, file)];
const share = [...sinceLast('share'), '-w', '10', '-c', '50'];
const errors = [...sinceLast('errors'), '--code', '1011', '--metric', 'count', '-w', '0', '-c', '2'];

expect('at the start', share, 0, 'the first check');
expect('errors at the start', errors, 0, 'the first check');
await end('1000 by client', 8);
await end('1006, FIN by server', 2);
expect('two of ten were cut', share, 1, `20% abnormal (2 of 10 connections`);
expect('nothing since', share, 0, "'abnormal'=0%;10;50;0;100 'ended'=0;;;0;");
await end('1006, RST by client', 4);
expect('all were cut', share, 2, 'Without a closing handshake: client reset 4');
await end('1011 by server', 1);
expect('one error', errors, 1, '1 1011 (1 of 15 connections');
expect('since the start', ['--cause', 'reset', '-m', 'count', '-w', '~:3'], 1, '4 reset (4 of 15 connections');
expect('a service', ['--service', 'default', '-c', '60'], 0, '40% abnormal (6 of 15 connections');
expect('no such service', ['--service', 'chat'], 3, 'there is no service chat');
const exitCode = await proxy.stop();
if (exitCode !== 0) found.push(`closewatch-proxy ended with ${exitCode}: ${proxy.stderr}`);
expect('stopped', share, 3, 'refused');
await Promise.all([client.kill(), server.kill()]);
finish(found);
