// Debian's Alertmanager with the configuration of deploy/alertmanager, and a webhook that takes its pages.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { get as getSecurely } from 'node:https';
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

// What --web.config.file says: TLS with this certificate, and one user with a password.
function webConfiguration({ certificate, key }, { user, password }) {
  const { stdout } = spawnSync('/usr/bin/python3', ['-W', 'ignore', '-c',
    'import crypt, sys; print(crypt.crypt(sys.argv[1], crypt.mksalt(crypt.METHOD_BLOWFISH)), end="")', password], { encoding: 'utf8' });
  return JSON.stringify({
    tls_server_config: { cert_file: certificate, key_file: key },
    basic_auth_users: { [user]: stdout },
  });
}

export class Alertmanager {
  #child;
  #secure;

  // `secure`: {certificate, credentials: {user, password}}, or nothing.
  static async start(webhook, secure = null) {
    const started = new Alertmanager();
    const folder = temporaryFolder();
    const port = await freePort();
    started.#secure = secure;
    if (secure) writeFileSync(join(folder, 'web.yml'), webConfiguration(secure.certificate, secure.credentials));
    writeFileSync(join(folder, 'alertmanager.yml'), configurationFor(webhook));
    started.address = `127.0.0.1:${port}`;
    started.#child = spawn(command, [
      `--config.file=${join(folder, 'alertmanager.yml')}`, `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=${started.address}`, '--cluster.listen-address=', '--log.level=warn',
      ...(secure ? [`--web.config.file=${join(folder, 'web.yml')}`] : []),
    ], { stdio: ['ignore', 'inherit', 'inherit'] });
    process.on('exit', () => started.#child.kill('SIGKILL'));
    if (!(await until(() => started.#ready(), 30))) throw new Error('Alertmanager did not become ready.');
    return started;
  }

  get url() {
    return `${this.#secure ? 'https' : 'http'}://${this.address}`;
  }

  // The body of the answer, or nothing when it is not 200.
  #get(path) {
    const { user, password } = this.#secure?.credentials ?? {};
    const options = this.#secure ? { ca: readFileSync(this.#secure.certificate.certificate), auth: `${user}:${password}` } : {};
    return new Promise((resolve) => {
      (this.#secure ? getSecurely : get)(`${this.url}${path}`, options, async (response) => {
        let body = '';
        for await (const data of response) body += data;
        resolve(response.statusCode === 200 ? body : null);
      }).on('error', () => resolve(null));
    });
  }

  async #ready() {
    return (await this.#get('/-/ready')) !== null;
  }

  // The alerts that it holds, as its API v2 gives them: labels, annotations, status.state.
  async alerts() {
    return JSON.parse(await this.#get('/api/v2/alerts'));
  }

  async stop() {
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}
