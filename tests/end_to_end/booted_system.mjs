// A copy of this system that is booted with a systemd of its own, to install packages into.

import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './program.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const script = fileURLToPath(new URL('booted_system.sh', import.meta.url));

// A file of proc(5), or nothing: processes come and go.
function told(file) {
  try {
    return readFileSync(`/proc/${file}`, 'utf8').trim();
  } catch {
    return '';
  }
}

const onlyChild = (pid) => told(`${pid}/task/${pid}/children`).split(' ')[0];

export class BootedSystem {
  #folder = temporaryFolder();
  #unshare;
  #init;
  said = '';

  // Null, with the reason in `why`, where this machine does not permit it.
  static async boot(why = []) {
    const system = new BootedSystem();
    // Whichever process is killed, this one included: all that it started ends with it.
    system.#unshare = spawn('setpriv', [
      '--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc',
      script, system.#folder,
    ], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [system.#unshare.stdout, system.#unshare.stderr]) stream.on('data', (data) => (system.said += data));
    process.on('exit', () => system.#end());
    const booted = await until(() => system.#unshare.exitCode !== null || system.#isUp(), 60, 200);
    if (booted && system.#unshare.exitCode === null) return system;
    why.push(system.said.trim().split('\n')[0] || 'it does not come up');
    return null;
  }

  #isUp() {
    const nspawn = onlyChild(this.#unshare.pid);
    this.#init = told(`${nspawn}/comm`) === 'systemd-nspawn' ? onlyChild(nspawn) : '';
    if (told(`${this.#init}/comm`) !== 'systemd') return false;
    return /running|degraded/.test(this.run('systemctl', 'is-system-running').stdout);
  }

  #end() {
    this.#unshare.kill('SIGKILL');
    const groups = ['', '/systemd', '/unified'].map((hierarchy) => `/sys/fs/cgroup${hierarchy}/${basename(this.#folder)}`);
    for (const group of groups.filter(existsSync)) {
      for (let i = 0; i < 50 && existsSync(group); ++i) {
        spawnSync('find', [group, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', '+'], { stdio: 'ignore' });
        if (existsSync(group)) spawnSync('sleep', ['0.1']);
      }
    }
  }

  // Runs a command in it.
  run(...command) {
    return spawnSync('nsenter', ['--target', this.#init, '--all', '--', ...command], { encoding: 'utf8' });
  }

  // What goes in front of a command that is to have its network, but the files of this system.
  get networkPrefix() {
    return ['nsenter', '--target', this.#init, '--net', '--'];
  }

  copyInto(file, path) {
    cpSync(file, `/proc/${this.#init}/root${path}`);
  }

  // Every file that was written since the boot, or is gone.
  changed() {
    const { stdout } = spawnSync('find', ['.', '-mindepth', '1'], { cwd: `/proc/${onlyChild(this.#unshare.pid)}/root${this.#folder}/changed`, encoding: 'utf8' });
    return stdout.trim().split('\n').map((path) => path.slice(1));
  }
}
