// A real Prometheus scrapes a live capture and answers queries about it.
//
// Usage: prometheus.mjs PROGRAM

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Program, freePort } from './program.mjs';
import { endings } from './endings.mjs';
import { Client, Server } from './endpoints.mjs';
import { play } from './matrix.mjs';
import { finish, needCommand, needProgram, needRoot } from './outcome.mjs';

const [program] = process.argv.slice(2);
needProgram(program);
needRoot();
needCommand('prometheus');

const played = {
  '1000 by client': 5, '1001 by server': 3, '1005 by client': 2, '1006, FIN by server': 4, '4000 by server': 1,
};
const byCode = { 1000: 5, 1001: 3, 1005: 2, 1006: 4, 4000: 1 };

async function startPrometheus(folder, target) {
  const port = await freePort();
  const config = join(folder, 'prometheus.yml');
  writeFileSync(config, `
global: {scrape_interval: 500ms, scrape_timeout: 400ms}
scrape_configs:
  - job_name: closewatch
    static_configs: [{targets: ['${target}']}]
`);
  const child = spawn('prometheus', [
    `--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn',
  ], { stdio: ['ignore', 'inherit', 'inherit'] });
  process.on('exit', () => child.kill('SIGKILL'));
  return `http://127.0.0.1:${port}`;
}

// The result of an instant query as an object, from the values of `label` to the samples.
async function query(prometheus, expression, label) {
  const response = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`).catch(() => null);
  if (!response?.ok) return {};
  const { data } = await response.json();
  return Object.fromEntries(data.result.map(({ metric, value }) => [metric[label] ?? '', Number(value[1])]));
}

async function until(done, seconds) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    if (await done()) return true;
  }
  return false;
}

const closes = 'sum by (code) (websocket_client_observed_closes_total)';
const nonZero = (sums) => Object.fromEntries(Object.entries(sums).filter(([, value]) => value !== 0));
const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);

function lint(exposition) {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: exposition, encoding: 'utf8' });
  return status === 0 ? [] : [`promtool check metrics: ${stdout}${stderr}`];
}

const found = [];
const folder = mkdtempSync(join(tmpdir(), 'closewatch-'));
const server = await Server.start('ws');
const client = await Client.start('ws');
const capture = await Program.start(program, ['-i', 'lo', `tcp port ${server.port}`]);
const prometheus = await startPrometheus(folder, capture.address);

// Series that alerts use exist at 0 before the first close: otherwise increase() misses the first.
const scrapes = 'count_over_time(websocket_client_observed_closes_total{code="1006"}[1m])';
if (!(await until(async () => (await query(prometheus, scrapes, 'code'))[1006] >= 2, 30))) {
  found.push('Prometheus did not see the 1006 of the service at 0 before any close.');
}

for (const [name, times] of Object.entries(played)) {
  const ending = endings.find((one) => one.name === name);
  for (let i = 0; i < times; ++i) await play(ending, client, server, `/${encodeURIComponent(name)}/${i}`);
}
await until(async () => same(nonZero(await query(prometheus, closes, 'code')), byCode), 15);
const answer = nonZero(await query(prometheus, closes, 'code'));
console.log(`${closes} = ${JSON.stringify(answer)}`);
if (!same(answer, byCode)) found.push(`Prometheus answered ${JSON.stringify(answer)}, not ${JSON.stringify(byCode)}.`);

const increase = 'sum by (code) (increase(websocket_client_observed_closes_total{code="1006"}[1m]))';
if (!(await until(async () => (await query(prometheus, increase, 'code'))[1006] > 0, 5))) {
  found.push(`${increase} is not above 0 after ${byCode[1006]} of them.`);
}
const up = await query(prometheus, 'up{job="closewatch"}', 'job');
if (up.closewatch !== 1) found.push('up is not 1.');

found.push(...lint(await capture.exposition()));
const exitCode = await capture.stop();
if (exitCode !== 0) found.push(`closewatch-capture ended with ${exitCode}: ${capture.stderr}`);
rmSync(folder, { recursive: true, force: true });
finish(found);
