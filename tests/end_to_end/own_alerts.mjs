// The alerts that a program raises itself, without Prometheus: a server is killed under 200
// connections, the page comes straight through Alertmanager and its webhook, says which service and
// why, and is resolved. The same with the capture beside it, and to a second Alertmanager over TLS that
// wants a password.
//
// Usage: own_alerts.mjs CLOSEWATCH_PROXY CLOSEWATCH_CAPTURE

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Alertmanager, Webhook, needAlertmanager } from './alertmanager.mjs';
import { makeCertificate } from './certificate.mjs';
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

const folder = temporaryFolder();
const certificate = makeCertificate(folder);
const credentials = { user: 'closewatch', password: 'correct horse' };
const passwordFile = join(folder, 'password');
const passwordIs = (password) => writeFileSync(passwordFile, `${password}\n`);
passwordIs(credentials.password);

const [webhook, secureWebhook] = [await Webhook.start(), await Webhook.start()];
const alertmanager = await Alertmanager.start(webhook);
const secureAlertmanager = await Alertmanager.start(secureWebhook, { certificate, credentials });
const server = await Server.start('ws');

const alerts = (rule = {}) => ({
  interval: '1s',
  rules: { WebSocketMassDisconnect: { keep_firing_for: '0', ...rule } },
  alertmanager: {
    urls: [alertmanager.url, secureAlertmanager.url], labels: { cluster: 'test' }, resend: '2s',
    ca_file: certificate.certificate, username: credentials.user, password_file: passwordFile,
  },
});
const config = (rule) => ({ services: [serviceTo([server.port], { name: 'chat' })], alerts: alerts(rule) });
const proxy = await Proxy.start(proxyProgram, config(), { args: staysItself });

const captureConfig = join(folder, 'capture.yaml');
writeFileSync(captureConfig, JSON.stringify({ services: [{ name: 'chat', ports: [server.port] }], alerts: alerts() }));
const capture = await Program.start(captureProgram, [...staysItself, '-i', 'lo', '--config', captureConfig, 'tcp', 'port', String(server.port)]);

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
  const secret = await secureWebhook.alert('firing', wanted, 30);
  expect(`${job}: the same over TLS`, secret?.annotations.description, page.annotations.description);
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
const resolvedSecurely = await secureWebhook.alert('resolved', { alertname: 'WebSocketMassDisconnect', job: 'closewatch-proxy' }, 60);
expect('it was resolved over TLS', resolvedSecurely?.labels.service, 'chat');
expect('firing afterwards', (await proxy.scrape()).get(firing), 0);

// An Alertmanager that is gone, or takes another password, is counted and complained of, and harms nothing.
await alertmanager.stop();
passwordIs('another');
expect('the second reload was taken', await proxy.reload(config()), true);
for (const [{ address }, why] of [[alertmanager, 'Connection refused'], [secureAlertmanager, 'status 401']]) {
  const failed = `closewatch_alert_notifications_failed_total{receiver="${address}"}`;
  const later = await proxy.scrapeUntil((samples) => samples.get(failed) > 0, 30);
  expect(`${why}: failed notifications are counted`, later.get(failed) > 0, true);
  const complaint = new RegExp(`level=error msg="the Alertmanager ${address} did not take \\d+ alerts: ${why}"`);
  expect(`${why}: its log says it`, await until(() => complaint.test(proxy.stderr), 5), true);
}

for (const hook of [webhook, secureWebhook]) hook.stop();
await secureAlertmanager.stop();
await client.kill();
expect('the proxy ends with', await proxy.stop(), 0);
expect('the capture ends with', await capture.stop(), 0);
finish(found);
