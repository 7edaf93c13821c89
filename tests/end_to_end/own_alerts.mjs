// The alerts that a program raises itself, without Prometheus: a server is killed under 200
// connections, the page comes straight through Alertmanager and its webhook, says which service and
// why, and is resolved. The same with the capture beside it.
//
// Usage: own_alerts.mjs CLOSEWATCH_PROXY CLOSEWATCH_CAPTURE

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Alertmanager, Webhook, needAlertmanager } from './alertmanager.mjs';
import { Client, Server } from './endpoints.mjs';
import { finish, needProgram, needRoot, staysItself } from './outcome.mjs';
import { Program, until } from './program.mjs';
import { Proxy, serviceTo } from './proxy.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const [proxyProgram, captureProgram] = process.argv.slice(2);
needProgram(proxyProgram, captureProgram);
needRoot();
needAlertmanager();

const connections = 200;
const found = [];

function expect(what, is, should) {
  if (String(is) !== String(should)) found.push(`${what}: ${is}, not ${should}`);
}

const webhook = await Webhook.start();
const alertmanager = await Alertmanager.start(webhook);
const server = await Server.start('ws');

const alerts = (rule = {}) => ({
  interval: '1s',
  rules: { WebSocketMassDisconnect: { keep_firing_for: '0', ...rule } },
  alertmanager: { urls: [alertmanager.url], labels: { cluster: 'test' }, resend: '2s' },
});
const config = (rule) => ({ services: [serviceTo([server.port], { name: 'chat' })], alerts: alerts(rule) });
const proxy = await Proxy.start(proxyProgram, config(), { args: staysItself });

const captureConfig = join(temporaryFolder(), 'capture.yaml');
writeFileSync(captureConfig, JSON.stringify({ services: [{ name: 'chat', ports: [server.port] }], alerts: alerts() }));
const capture = await Program.start(captureProgram, ['-i', 'lo', '--config', captureConfig, 'tcp', 'port', String(server.port)]);

const client = await Client.start('ws');
for (let i = 0; i < connections; ++i) client.say({ url: `${proxy.url}/room/${i}?by=nobody` });
for (const program of [proxy, capture]) {
  const open = await program.scrapeUntil((samples) => samples.get('websocket_open_connections{service="chat"}') === connections);
  expect(`open connections of ${program.name}`, open.get('websocket_open_connections{service="chat"}'), connections);
}
const firing = 'closewatch_alert_firing{alert="WebSocketMassDisconnect",service="chat"}';
await delay(2500);  // the alerts look every second
expect('firing before', (await proxy.scrape()).get(firing), 0);

const killed = Date.now();
const since = () => `${((Date.now() - killed) / 1000).toFixed(1)} s`;
await server.kill();
await Promise.all(Array.from({ length: connections }, (_, i) => client.closed(`/room/${i}`)));

for (const [job, program] of [['closewatch-proxy', proxy], ['closewatch-capture', capture]]) {
  const wanted = { alertname: 'WebSocketMassDisconnect', service: 'chat', job, cluster: 'test' };
  const page = await webhook.alert('firing', wanted, 30);
  if (!page) {
    found.push(`${job}: no page within ${since()}: ${program.stderr}`);
    continue;
  }
  console.log(`${job} paged after ${since()}: ${page.annotations.description}`);
  // It is paged at the first evaluation, which may come before the last of them has ended.
  expect(`${job}: summary`, /^chat: \d+ abnormal ends within 5m, \d+ connections were seen open/.test(page.annotations.summary), true);
  expect(`${job}: the first cause`, / \(\d+ %\): (fin|reset|truncated) by server \d+/.test(page.annotations.description), true);
  expect(`${job}: severity`, page.labels.severity, 'critical');
  expect(`${job}: firing`, (await program.scrape()).get(firing), 1);
  const said = new RegExp('level=warning msg="alert is firing" alert=WebSocketMassDisconnect service=chat severity=critical numbers="\\d+ abnormal ends');
  expect(`${job}: its log says it`, said.test(program.stderr), true);
}

// 200 of 200 are not above 100 %: with that threshold it is no disconnect any more.
expect('the reload was taken', await proxy.reload(config({ share: '100%' })), true);
const resolved = await webhook.alert('resolved', { alertname: 'WebSocketMassDisconnect', job: 'closewatch-proxy' }, 60);
console.log(`resolved after ${since()}`);
expect('it was resolved', resolved?.labels.service, 'chat');
expect('firing afterwards', (await proxy.scrape()).get(firing), 0);

// An Alertmanager that is gone is counted and complained of, and harms nothing.
await alertmanager.stop();
expect('the second reload was taken', await proxy.reload(config()), true);
const failed = `closewatch_alert_notifications_failed_total{receiver="${alertmanager.address}"}`;
const later = await proxy.scrapeUntil((samples) => samples.get(failed) > 0, 30);
expect('failed notifications are counted', later.get(failed) > 0, true);
await until(() => /did not take/.test(proxy.stderr), 5);
expect('its log says it', /level=error msg="the Alertmanager [^"]* did not take \d+ alerts: Connection refused"/.test(proxy.stderr), true);

webhook.stop();
await client.kill();
expect('the proxy ends with', await proxy.stop(), 0);
expect('the capture ends with', await capture.stop(), 0);
finish(found);
