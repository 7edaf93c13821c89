// Debian's Prometheus with the rules of deploy/prometheus, which scrapes every second.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, until } from './program.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const rules = fileURLToPath(new URL('../../deploy/prometheus/rules', import.meta.url));

// JSON is YAML too.
const configuration = (targets, alertmanager) => JSON.stringify({
  global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '15s' },
  rule_files: ['rules/*.yml'],
  alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager.address] }] }] },
  scrape_configs: Object.entries(targets).map(([job, target]) => ({ job_name: job, static_configs: [{ targets: [target] }] })),
});

export class AlertingPrometheus {
  #child;
  #folder = temporaryFolder();

  // `targets` is from the names of jobs to addresses.
  static async start(targets, alertmanager) {
    const started = new AlertingPrometheus();
    const folder = started.#folder;
    cpSync(rules, join(folder, 'rules'), { recursive: true });
    writeFileSync(join(folder, 'prometheus.yml'), configuration(targets, alertmanager));
    const address = `127.0.0.1:${await freePort()}`;
    started.url = `http://${address}`;
    started.#child = spawn('prometheus', [
      `--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`, '--log.level=warn',
      // What is sent within seconds of a reload goes nowhere: Alertmanager is yet to be discovered again.
      '--rules.alert.resend-delay=5s',
    ], { stdio: ['ignore', 'inherit', 'inherit'] });
    process.on('exit', () => started.#child.kill('SIGKILL'));
    if (!(await until(() => started.#ready(), 30))) throw new Error('Prometheus did not become ready.');
    return started;
  }

  async #ready() {
    return (await fetch(`${this.url}/-/ready`).catch(() => null))?.ok ?? false;
  }

  // The samples of an instant query: {metric, value}.
  async query(expression) {
    const response = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data, error } = await response.json();
    if (error) throw new Error(`${expression}: ${error}`);
    return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  // The value of a query with one sample, as soon as it is `value`; else the last, or nothing.
  async valueUntil(expression, value, seconds) {
    let last;
    await until(async () => (last = (await this.query(expression))[0]?.value) === value, seconds, 100);
    return last;
  }

  // What rules/ says from now on, each pair a text and what it becomes. State of alerts is kept.
  async rewriteRules(...replacements) {
    for (const name of readdirSync(join(this.#folder, 'rules')).filter((file) => file.endsWith('.yml'))) {
      const file = join(this.#folder, 'rules', name);
      writeFileSync(file, replacements.reduce((text, [from, to]) => text.replaceAll(from, to), readFileSync(file, 'utf8')));
    }
    this.#child.kill('SIGHUP');
  }

  async stop() {
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}
