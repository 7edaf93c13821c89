// The Debian packages, as an operator meets them: built, without an error for lintian, installed in a
// booted copy of this system, at work as their units say, removed and purged without a trace.
//
// Usage: debian_package.mjs BUILD_FOLDER

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BootedSystem } from './booted_system.mjs';
import { finish, needCommand, needProgram, skip } from './outcome.mjs';
import { until } from './program.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const [build] = process.argv.slice(2);
needProgram(build);
if (process.getuid() !== 0) skip('installing packages needs root; run the tests with sudo.');
for (const command of ['cpack', 'lintian', 'dpkg-shlibdeps', 'systemd-nspawn', 'logrotate']) needCommand(command);
const found = [];

function expect(what, is, should) {
  if (String(is) !== String(should)) found.push(`${what}: ${is}, not ${should}`);
}

const names = ['closewatch-capture', 'closewatch-proxy'];

function buildPackages(folder) {
  const { status, stdout, stderr } = spawnSync('cpack', ['-B', folder], { cwd: build, encoding: 'utf8' });
  if (status !== 0) throw new Error(`cpack: ${stdout}${stderr}`);
  return readdirSync(folder).filter((file) => file.endsWith('.deb')).sort().map((file) => join(folder, file));
}

function lint(packages) {
  const { status, stdout, stderr, error } = spawnSync('lintian', ['--fail-on', 'error', ...packages], { encoding: 'utf8' });
  console.log(stdout.trim());
  if (error || status !== 0) found.push(`lintian: ${error?.message ?? stdout + stderr}`);
}

const packages = buildPackages(temporaryFolder());
expect('the packages', packages.map((file) => basename(file).replace(/_.*/, '')), names.join());
lint(packages);

const why = [];
const system = await BootedSystem.boot(why);
if (!system && found.length === 0) skip(`a copy of this system cannot be booted here: ${why}`);
if (!system) finish(found);
const before = new Set(system.changed());

// Runs a command that must succeed; its output.
function run(...command) {
  const { status, stdout, stderr } = system.run(...command);
  if (status !== 0) found.push(`${command.join(' ')}: ${status ?? 'killed'} ${stdout}${stderr}`.trim());
  return stdout.trim();
}

const state = (unit) => ['is-active', 'is-enabled'].map((question) => system.run('systemctl', question, unit).stdout.trim()).join();
const mainProcess = (name) => run('systemctl', 'show', '--property=MainPID', '--value', name);

function unpack() {
  const copies = packages.map((file) => `/var/tmp/${basename(file)}`);
  packages.forEach((file, i) => system.copyInto(file, copies[i]));
  run('dpkg', '--install', '--force-confold', ...copies);
  run('rm', ...copies);
}

function installs() {
  // An image for containers forbids to start services.
  run('rm', '--force', '/usr/sbin/policy-rc.d');
  unpack();
  expect('the capture after its installation', state('closewatch-capture.service'), 'active,enabled');
  expect('the proxy after its installation', state('closewatch-proxy.service'), 'inactive,disabled');
  expect('its socket', state('closewatch-proxy.socket'), 'inactive,disabled');
  const units = ['closewatch-capture.service', 'closewatch-proxy.service', 'closewatch-proxy.socket'];
  expect('systemd-analyze verify', run('systemd-analyze', 'verify', ...units.map((unit) => `/lib/systemd/system/${unit}`)), '');
  for (const name of names) {
    run('man', '--where', name);
    run(name, '--check-config', '--config', `/etc/closewatch/${name.replace('closewatch-', '')}.yaml`);
    expect(`${name} stripped`, run('sh', '-c', `file -b /usr/bin/${name} | grep -o 'not stripped' || true`), '');
  }
}

// What the process may do, from proc(5): hexadecimal sets of capabilities, and whether seccomp filters.
function confined(name, capabilities) {
  const status = run('cat', `/proc/${mainProcess(name)}/status`);
  const field = (key) => new RegExp(`^${key}:\\s+(\\S+)`, 'm').exec(status)?.[1];
  for (const set of ['CapEff', 'CapPrm', 'CapAmb', 'CapBnd']) {
    if ((parseInt(field(set), 16) & ~capabilities) !== 0) found.push(`${name}: ${set} is ${field(set)}`);
  }
  expect(`${name}: no new privileges, seccomp`, [field('NoNewPrivs'), field('Seccomp')], '1,2');
  if (field('Uid') === '0') found.push(`${name} runs as root.`);
}

function converses(how) {
  const script = fileURLToPath(new URL('installed_conversation.mjs', import.meta.url));
  const [command, ...prefix] = system.networkPrefix;
  const { stdout, stderr } = spawnSync(command, [...prefix, process.execPath, script], { encoding: 'utf8', timeout: 60000 });
  const said = stdout.startsWith('{') ? JSON.parse(stdout) : { codes: stderr };
  console.log(`${how}: ${stdout.trim()}`);
  expect(`${how}: the codes of the clients`, said.codes, '4000,1006');
  return said;
}

const listens = (port) => until(() => system.run('bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`).status === 0);

async function works() {
  expect('the capture listens', await listens(10060), true);
  run('sh', '-c', 'echo ARGS="--events /var/log/closewatch-proxy/events.jsonl" >/etc/default/closewatch-proxy');
  run('systemctl', 'start', 'closewatch-proxy');
  expect('the proxy', state('closewatch-proxy.service'), 'active,disabled');
  const said = converses('started');
  expect('counted by the proxy', said.proxy, '1,1');
  expect('counted by the capture', said.capture, '2,2');
  confined('closewatch-capture', 1 << 13);
  confined('closewatch-proxy', 0);
}

const log = '/var/log/closewatch-proxy/events.jsonl';
const lines = (file) => Number(system.run('sh', '-c', `wc -l <${file}`).stdout);

async function rotates() {
  expect('close events', await until(() => lines(log) === 2), true);
  expect('the mode of the event log', run('stat', '--format=%a', log), 640);
  run('logrotate', '--force', '/etc/logrotate.d/closewatch-proxy');
  await until(() => system.run('test', '-e', log).status === 0);
  converses('after logrotate');
  expect('close events after logrotate', await until(() => lines(log) === 2 && lines(`${log}.1`) === 2), true);
}

async function activates() {
  run('systemctl', 'stop', 'closewatch-proxy');
  run('systemctl', 'start', 'closewatch-proxy.socket');
  expect('the proxy before a connection', state('closewatch-proxy.service'), 'inactive,disabled');
  converses('by its socket');
  expect('the proxy after it', state('closewatch-proxy.service'), 'active,disabled');
}

function upgrades() {
  const processes = names.map(mainProcess);
  unpack();
  names.forEach((name, i) => {
    if (['0', processes[i]].includes(mainProcess(name))) found.push(`${name} was not restarted by an upgrade.`);
  });
}

function leaves() {
  run('dpkg', '--remove', ...names);
  for (const name of names) expect(`${name} when it is removed`, system.run('pgrep', '-f', `/usr/bin/${name}`).stdout, '');
  run('test', '-e', '/etc/closewatch/capture.yaml');
  run('dpkg', '--purge', ...names);
  // What dpkg, man and systemd write of any package.
  const anyPackage = /^\/(var\/lib\/dpkg|var\/log|var\/cache\/man|var\/lib\/systemd|var\/lib\/logrotate|root)(\/|$)|^\/(etc|var|usr|lib)(\/[\w.-]+){0,3}$/;
  const ours = (path) => path.includes('closewatch') && !path.startsWith('/var/cache/man/');
  const left = system.changed().filter((path) => ours(path) || (!before.has(path) && !anyPackage.test(path)));
  // A file of the overlay that says "gone" is a device.
  expect('what is left', left.filter((path) => system.run('test', '-e', path).status === 0), '');
}

installs();
await works();
await rotates();
await activates();
upgrades();
leaves();
if (found.length > 0) console.log(run('journalctl', '--no-pager', '--lines=60', '--unit=closewatch-*'));
finish(found);
