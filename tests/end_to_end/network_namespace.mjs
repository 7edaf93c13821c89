// A network namespace joined to this one by a veth pair, .1 here and .2 there; gone when this process is.

import { spawnSync } from 'node:child_process';

export class NetworkNamespace {
  // Throws with a reason where it is not permitted.
  static create(label) {
    const namespace = new NetworkNamespace();
    namespace.name = `closewatch-${label}-${process.pid}`;
    namespace.link = `cw-${process.pid}`;
    const subnet = `10.${64 + (process.pid & 63)}.${(process.pid >> 6) & 255}`;
    namespace.here = `${subnet}.1`;
    namespace.there = `${subnet}.2`;
    // The link by itself: the namespace lives on for as long as a process in it does.
    process.on('exit', () => {
      spawnSync('ip', ['link', 'delete', namespace.link]);
      spawnSync('ip', ['netns', 'delete', namespace.name]);
    });
    const inside = ['-n', namespace.name];
    namespace.#ip('netns', 'add', namespace.name);
    namespace.#ip('link', 'add', namespace.link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace.name);
    namespace.#ip('address', 'add', `${namespace.here}/24`, 'dev', namespace.link);
    namespace.#ip('link', 'set', namespace.link, 'up');
    namespace.#ip(...inside, 'address', 'add', `${namespace.there}/24`, 'dev', 'eth0');
    namespace.#ip(...inside, 'link', 'set', 'eth0', 'up');
    namespace.#ip(...inside, 'link', 'set', 'lo', 'up');
    return namespace;
  }

  #ip(...args) {
    const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(error?.message ?? stderr.trim());
  }

  // What goes in front of a command that is to run in there.
  get prefix() {
    return ['ip', 'netns', 'exec', this.name];
  }

  // From now on everything from there is lost, without a word; the link stays up.
  swallow() {
    const rules = 'table inet closewatch { chain lost { type filter hook output priority 0; policy drop; }; chain unheard { type filter hook input priority 0; policy drop; }; }';
    const [command, ...args] = [...this.prefix, 'nft', '-f', '-'];
    const { status, stderr, error } = spawnSync(command, args, { input: rules, encoding: 'utf8' });
    if (status !== 0) throw new Error(error?.message ?? stderr.trim());
  }
}
