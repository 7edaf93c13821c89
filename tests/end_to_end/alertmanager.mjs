// Debian's Alertmanager with the configuration of deploy/alertmanager, and a webhook that takes its pages.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { needCommand } from './outcome.mjs';
import { freePort, until } from './program.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const command = 'prometheus-alertmanager';
const example = new URL('../../deploy/alertmanager/alertmanager.yml', import.meta.url);

export const needAlertmanager = () => needCommand(command);

// What receives pages. Each is as Alertmanager sends it: status, groupLabels, alerts.
export class Webhook {
  pages = [];
  #server = createServer(async (request, response) => {
    let body = '';
    for await (const data of request) body += data;
    this.pages.push(JSON.parse(body));
    response.end();
  });

  static async start() {
    const webhook = new Webhook();
    webhook.#server.listen(0, '127.0.0.1');
    await once(webhook.#server, 'listening');
    return webhook;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}/alerts`;
  }

  // The single alerts of all pages with this status and labels, in the order of their arrival.
  alerts(status, labels) {
    return this.pages.flatMap(({ alerts }) => alerts).filter((alert) =>
      alert.status === status && Object.entries(labels).every(([name, value]) => alert.labels[name] === value));
  }

  // The first such alert, or nothing when none came in time.
  async alert(status, labels, seconds) {
    await until(() => this.alerts(status, labels).length > 0, seconds, 100);
    return this.alerts(status, labels)[0];
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

// The example with another receiver; it waits seconds where the example waits minutes.
function configurationFor(webhook) {
  const replacements = [
    [/url: \S+/, `url: ${webhook.url}`], [/group_wait: \S+/, 'group_wait: 1s'], [/group_interval: \S+/, 'group_interval: 1s'],
  ];
  return replacements.reduce((text, [what, by]) => {
    if (!what.test(text)) throw new Error(`The example of Alertmanager's configuration has no ${what}.`);
    return text.replace(what, by);
  }, readFileSync(example, 'utf8'));
}

export class Alertmanager {
  #child;

  static async start(webhook) {
    const started = new Alertmanager();
    const folder = temporaryFolder();
    const port = await freePort();
    writeFileSync(join(folder, 'alertmanager.yml'), configurationFor(webhook));
    started.address = `127.0.0.1:${port}`;
    started.#child = spawn(command, [
      `--config.file=${join(folder, 'alertmanager.yml')}`, `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=${started.address}`, '--cluster.listen-address=', '--log.level=warn',
    ], { stdio: ['ignore', 'inherit', 'inherit'] });
    process.on('exit', () => started.#child.kill('SIGKILL'));
    if (!(await until(() => started.#ready(), 30))) throw new Error('Alertmanager did not become ready.');
    return started;
  }

  get url() {
    return `http://${this.address}`;
  }

  async #ready() {
    return (await fetch(`${this.url}/-/ready`).catch(() => null))?.ok ?? false;
  }

  // The alerts that it holds, as its API v2 gives them: labels, annotations, status.state.
  async alerts() {
    return (await fetch(`${this.url}/api/v2/alerts`)).json();
  }

  async stop() {
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}
