// Every query of the Grafana dashboard, with its variables replaced, against a real Prometheus that
// scraped closewatch-proxy and closewatch-capture while connections ended in every way.
//
// Usage: grafana.mjs CLOSEWATCH_PROXY CLOSEWATCH_CAPTURE

import { setTimeout as sleep } from 'node:timers/promises';
import { annotations, catalogue, familiesOf, queries, replaceVariables, variables } from './dashboard.mjs';
import { EveryEnding } from './every_ending.mjs';
import { finish, needCommand, needProgram, needRoot } from './outcome.mjs';
import { until } from './program.mjs';
import { Prometheus } from './prometheus_server.mjs';

const [proxyProgram, captureProgram] = process.argv.slice(2);
needProgram(proxyProgram, captureProgram);
needRoot();
needCommand('prometheus');

// Every query returns data, and a value above 0 but for these.
const mayBeZero = new Map([
  ...['51A', '51B', '51C', '51D', '51E', '51F'].map((query) => [query, 'nothing is silent for half a minute here']),
  ['73A', 'loopback loses no packet'], ['74A', 'no packet was lost'], ['74B', 'no packet was lost'],
  ['76C', 'far from the limits'], ['77A', 'every packet is whole'],
  ['85B', 'far from the limit of file descriptors'], ['85C', 'it does not drain'],
  ['87B', 'every stream can be followed'], ['92A', 'the disk is fast enough'], ['92B', 'few codes'],
]);

const found = [];
const began = Date.now() / 1000;
const times = { range: 120, rateInterval: 5 };

async function answer({ expr, instant }, chosen = {}) {
  const expression = replaceVariables(expr, { ...times, ...chosen });
  return instant ? prometheus.query(expression) : prometheus.queryRange(expression, began, Date.now() / 1000, 1);
}

const numbers = (result) => result.flatMap(({ values }) => values.map(([, text]) => Number(text)));

async function returnsData(query) {
  const is = numbers(await answer(query)).filter(Number.isFinite);
  const id = `${query.panel.id}${query.refId}`;
  if (is.length === 0) found.push(`${query.name} returned nothing.`);
  else if (!mayBeZero.has(id) && !is.some((value) => value > 0)) found.push(`${query.name} is 0 at all times.`);
}

// Grafana orders the rows of a heatmap by the number that their label begins with, and subtracts each
// from the next.
function rowsOfHeatmap({ name }, result) {
  const rows = result.map(({ metric, values }) => ({ label: metric.le, last: Number(values.at(-1)[1]) }));
  const upper = (label) => (label === '+Inf' ? Infinity : Number.parseFloat(label));
  rows.sort((left, right) => upper(left.label) - upper(right.label));
  if (rows.some(({ last }, i) => i > 0 && last + 1e-9 < rows[i - 1].last)) found.push(`${name}: its rows are not in the order of their bounds.`);
  const marked = rows.flatMap(({ label }) => / \| (\d+) s: /.exec(label)?.[1] ?? []);
  if (String(marked) !== '30,60,100,240,350,600') found.push(`${name}: marked are ${marked}.`);
}

async function namesOfCodes() {
  for (const query of queries.filter(({ panel: { id } }) => id === 22)) {
    const names = new Map((await answer(query)).map(({ metric: { code, name } }) => [code, name]));
    for (const [code, name] of [['1006', 'Abnormal Closure'], ['3000', 'Unauthorized'], ['4000', undefined]]) {
      if (!names.has(code) || names.get(code) !== name) found.push(`${query.name}: ${code} is named ${names.get(code)}, not ${name}.`);
    }
  }
}

async function valuesOfVariables() {
  const expected = { service: ['chat', 'gone', 'raw'], instance: [traffic.proxy.address, capture.address].sort() };
  for (const { name, query: { query } } of variables) {
    const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(replaceVariables(query, times));
    const values = (await prometheus.labelValues(label, selector)).filter((value) => value !== 'other');
    if (String(values) !== String(expected[name])) found.push(`$${name} offers ${values}, not ${expected[name]}.`);
  }
}

// One figure against what the program itself says.
async function abnormalShare() {
  const samples = await traffic.proxy.scrape();
  const ended = (labels) => [...samples].filter(([series]) => series.startsWith(`websocket_connection_duration_seconds_count{${labels}`))
    .reduce((sum, [, value]) => sum + value, 0);
  const share = ended('outcome="abnormal"') / ended('');
  const query = queries.find(({ panel: { id } }) => id === 12);
  const [shown] = numbers(await answer(query, { instance: [traffic.proxy.address] }));
  console.log(`abnormal: ${share}, shown as ${shown}`);
  if (!(Math.abs(shown - share) < 0.01)) found.push(`${query.name} shows ${shown}, but ${share} of the connections ended abnormally.`);
}

// The annotations need no data: their alerts may be silent, and their rules absent.
async function chosenValuesAreUnderstood() {
  const both = [traffic.proxy.address, capture.address];
  for (const chosen of [{ service: ['chat'], instance: [both[0]] }, { service: ['chat', 'raw'], instance: both }]) {
    for (const query of queries) await answer(query, chosen).catch(({ message }) => found.push(`${query.name}: ${message}`));
    for (const { name, target } of annotations) await answer(target, chosen).catch(({ message }) => found.push(`${name}: ${message}`));
  }
  const open = queries.find(({ panel: { id } }) => id === 50);
  const services = (await answer(open, { service: ['raw'], instance: [both[0]] })).map(({ metric: { service } }) => service);
  if (String(services) !== 'raw') found.push(`With raw chosen, ${open.name} shows ${services}.`);
}

// The families that a scrape of either program has.
async function scraped() {
  const expositions = await Promise.all([traffic.proxy.exposition(), capture.exposition()]);
  return new Set(expositions.flatMap((text) => [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name)));
}

const traffic = await EveryEnding.start(proxyProgram);
const capture = await traffic.capture(captureProgram);
const prometheus = await Prometheus.start([traffic.proxy.address, capture.address]);
const instances = async () => numbers(await prometheus.query('count(count_over_time(closewatch_build_info[10s]) >= 2)'));
if (!(await until(async () => (await instances())[0] === 2, 30))) found.push('Prometheus did not scrape both programs.');
// Most series begin with what they count first, and that has to show.
await traffic.round();
await traffic.massClosure();
await sleep(1500);

for (const query of queries) await returnsData(query).catch(({ message }) => found.push(`${query.name}: ${message}`));
for (const query of queries.filter(({ format }) => format === 'heatmap')) rowsOfHeatmap(query, await answer(query));
await namesOfCodes();
await abnormalShare();
await valuesOfVariables();
await chosenValuesAreUnderstood();
const there = await scraped();
const read = [...new Set(queries.flatMap(({ expr }) => familiesOf(expr)))];
for (const family of read.filter((name) => !there.has(name))) found.push(`${family} is in the dashboard and in no scrape.`);
console.log(`${queries.length} queries of ${read.length} families, of ${catalogue.size} in the catalogue`);

for (const program of [traffic.proxy, capture]) {
  const exitCode = await program.stop();
  if (exitCode !== 0) found.push(`${program.name} ended with ${exitCode}: ${program.stderr}`);
}
await traffic.stop();
finish(found);
