// A server is killed under 200 connections. The page comes through Prometheus' rules, Alertmanager and
// a webhook, says which service and why, and is resolved.
//
// The page comes from the rules as they are delivered. Only to see it resolved within the minute, a copy
// of them with windows of 10 s is loaded then: theirs take 5 minutes, and 5 more of keep_firing_for.
//
// Usage: alerts.mjs CLOSEWATCH_PROXY

import { Alertmanager, Webhook, needAlertmanager } from './alertmanager.mjs';
import { AlertingPrometheus } from './alerting_prometheus.mjs';
import { Client, Server } from './endpoints.mjs';
import { finish, needCommand, needProgram } from './outcome.mjs';
import { until } from './program.mjs';
import { Proxy, serviceTo } from './proxy.mjs';

const [program] = process.argv.slice(2);
needProgram(program);
needCommand('prometheus');
needAlertmanager();

const connections = 200;
const massDisconnect = { alertname: 'WebSocketMassDisconnect', service: 'chat' };
const found = [];

function expect(what, is, should) {
  if (String(is) !== String(should)) found.push(`${what}: ${is}, not ${should}`);
}

const webhook = await Webhook.start();
const alertmanager = await Alertmanager.start(webhook);
const server = await Server.start('ws');
const proxy = await Proxy.start(program, { services: [serviceTo([server.port], { name: 'chat' })] });
const prometheus = await AlertingPrometheus.start({ 'closewatch-proxy': proxy.address }, alertmanager);

const client = await Client.start('ws');
for (let i = 0; i < connections; ++i) client.say({ url: `${proxy.url}/room/${i}?by=nobody` });
expect('open connections', await prometheus.valueUntil('job_service:websocket_open_connections:max5m{service="chat"}', connections, 40), connections);
expect('abnormal ends before', (await prometheus.query('job_service:websocket_connections_ended_abnormally:increase5m'))[0]?.value ?? 0, 0);

const killed = Date.now();
const since = () => `${((Date.now() - killed) / 1000).toFixed(1)} s`;
await server.kill();

// What the clients and the close events say, with which the page has to agree.
const codes = await Promise.all(Array.from({ length: connections }, (_, i) => client.closed(`/room/${i}`)));
expect('the clients report', [...new Set(codes)], 1006);
const events = await proxy.eventsUntil(connections);
const ends = events.map(({ initiator, cause }) => `${initiator} ${cause}`);
const counts = new Map(ends.map((end) => [end, ends.filter((other) => other === end).length]));
const [topCause, topCount] = [...counts].sort(([, left], [, right]) => right - left)[0] ?? ['unknown', 0];
console.log(`${events.length} close events, mostly ${topCause}: ${topCount}`);
expect('the initiator of most', topCause.split(' ')[0], 'server');

const page = await webhook.alert('firing', massDisconnect, 90);
if (!page) finish([...found, `No page came within ${since()}.`]);
console.log(`paged after ${since()}: ${page.annotations.summary}\n  ${page.annotations.description}`);
expect('the page', page.annotations.summary, `chat: ${connections} connections ended with 1006 in 5 minutes`);
expect('its numbers and the cause', page.annotations.description.split('. ')[0],
  `${connections} connections of chat ended with 1006 in 5 minutes; at most ${connections} were open`);
expect('the first cause that it names', page.annotations.description.match(/Ended by: (\w+ \w+ \d+)/)?.[1], `${topCause} ${topCount}`);
expect('its severity', page.labels.severity, 'critical');
expect('its runbook', page.annotations.runbook, 'deploy/runbooks/WebSocketMassDisconnect.md');

// Its own sign is not paged a second time: Alertmanager has it, and holds it back.
const state = async (name) => (await alertmanager.alerts()).find(({ labels }) => labels.alertname === name)?.status.state;
await until(async () => (await state('WebSocketMassClosure')) === 'suppressed', 30, 100);
console.log(`its sign is held back after ${since()}`);
expect('the mass closure in Alertmanager', await state('WebSocketMassClosure'), 'suppressed');

await prometheus.rewriteRules(['[5m]', '[10s]'], ['keep_firing_for: 5m', 'keep_firing_for: 1s'], ['interval: 15s', 'interval: 1s']);
const resolved = await webhook.alert('resolved', massDisconnect, 90);
console.log(`resolved after ${since()}`);
expect('resolved is the same alert', resolved?.fingerprint, page.fingerprint);
expect('pages of one incident', webhook.alerts('firing', { service: 'chat' }).map(({ labels }) => labels.alertname), 'WebSocketMassDisconnect');

await prometheus.stop();
await alertmanager.stop();
webhook.stop();
await client.kill();
await proxy.stop();
finish(found);
