// Debian's Prometheus as a child process, and what it answers.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, until } from './program.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

export class Prometheus {
  #url;

  // Scrapes `targets` twice a second. Ready when it returns.
  static async start(targets) {
    const started = new Prometheus();
    const folder = temporaryFolder();
    const address = `127.0.0.1:${await freePort()}`;
    started.#url = `http://${address}`;
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify({
      global: { scrape_interval: '500ms', scrape_timeout: '400ms' },
      scrape_configs: [{ job_name: 'closewatch', static_configs: [{ targets }] }],
    }));
    const child = spawn('prometheus', [
      `--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`, '--log.level=warn',
    ], { stdio: ['ignore', 'inherit', 'inherit'] });
    process.on('exit', () => child.kill('SIGKILL'));
    const ready = async () => (await fetch(`${started.#url}/-/ready`).catch(() => null))?.ok ?? false;
    if (!(await until(ready, 30))) throw new Error('Prometheus did not become ready.');
    return started;
  }

  async #get(path, parameters) {
    const response = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = await response.json();
    if (status !== 'success') throw new Error(error);
    return data;
  }

  // Series as {metric, values: [[time, text], ...]}, also those of an instant query.
  async query(expression) {
    const { resultType, result } = await this.#get('query', { query: expression });
    if (resultType === 'scalar') return [{ metric: {}, values: [result] }];
    return result.map(({ metric, value }) => ({ metric, values: [value] }));
  }

  async queryRange(expression, from, to, step) {
    return (await this.#get('query_range', { query: expression, start: from, end: to, step })).result;
  }

  labelValues(label, selector) {
    return this.#get(`label/${label}/values`, { 'match[]': selector });
  }
}
