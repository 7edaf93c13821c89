// A tcpdump that writes a savefile beside the live capture, so that the same connections can be
// read once more with -r.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export class Recording {
  #child;

  static async start(file, networkInterface, filter) {
    const recording = new Recording();
    recording.file = file;
    const args = ['-i', networkInterface, '-Z', 'root', '-U', '-B', '32768', '-w', file];
    recording.#child = spawn('tcpdump', [...args, filter], { stdio: ['ignore', 'ignore', 'pipe'] });
    process.on('exit', () => recording.#child.kill('SIGKILL'));
    let said = '';
    await new Promise((listening, failed) => {
      recording.#child.stderr.on('data', (data) => {
        said += data;
        if (said.includes('listening on')) listening();
      });
      recording.#child.on('exit', () => failed(new Error(`tcpdump: ${said}`)));
    });
    return recording;
  }

  async stop() {
    await sleep(1200); // tcpdump sees what is in the kernel's open block after a second at the latest
    this.#child.kill('SIGTERM');
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }

  // The close events that `program` reports for the savefile, by path.
  closeEvents(program) {
    const read = spawnSync(program, ['-r', this.file, '--output', 'json'], {
      encoding: 'utf8', maxBuffer: 1 << 26, timeout: 30000,
    });
    if (read.status !== 0) throw new Error(`closewatch-capture -r failed: ${read.stderr}`);
    const events = new Map();
    for (const line of read.stdout.split('\n').filter(Boolean)) {
      const event = JSON.parse(line);
      if (event.event !== 'websocket_closed') continue;
      events.set(event.path, [...(events.get(event.path) ?? []), event]);
    }
    return events;
  }
}
