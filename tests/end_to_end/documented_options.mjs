// Man pages and completions name each option that --help names, and no other.
//
// Usage: documented_options.mjs FOLDER CLOSEWATCH_CAPTURE CLOSEWATCH_PROXY     FOLDER holds what was written

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { finish, needCommand, needProgram } from './outcome.mjs';

const [folder, ...programs] = process.argv.slice(2);
needProgram(folder, ...programs);
needCommand('man');
needCommand('zsh');
const found = [];
const here = (file) => new URL(file, import.meta.url).pathname;

function output(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 20000, ...options });
  if (error || status !== 0) found.push(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout ?? '';
}

const sorted = (names) => [...new Set(names)].sort();

function compare(what, named, options) {
  const missing = options.filter((name) => !named.includes(name));
  const invented = named.filter((name) => !options.includes(name));
  if (missing.length > 0) found.push(`${what} lacks ${missing.join(', ')}`);
  if (invented.length > 0) found.push(`${what} has ${invented.join(', ')}, which --help has not`);
}

// The options at the beginning of lines: "  -i, --interface IFACE".
const leading = (text) => sorted([...text.matchAll(/^ +((?:-\w, )?--[\w-]+|-\w)(?= |$)/gm)].flatMap(([, names]) => names.split(', ')));

function ofManPage(name) {
  const page = join(folder, `${name}.8`);
  const env = { ...process.env, MANWIDTH: '120', LC_ALL: 'C' };
  const warnings = spawnSync('man', ['--warnings', '-l', page], { encoding: 'utf8', env }).stderr;
  if (warnings !== '') found.push(`${name}.8: ${warnings}`);
  if (gunzipSync(readFileSync(`${page}.gz`)).compare(readFileSync(page)) !== 0) found.push(`${name}.8.gz is not ${name}.8`);
  return leading(output('man', ['-l', page], { env }));
}

// What bash offers for a word behind the words before it.
function bashOffers(name, ...words) {
  const script = `source ${join(folder, `${name}.bash`)}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1));
    $(complete -p ${name} | sed 's/.*-F \\([^ ]*\\).*/\\1/'); printf '%s\\n' "\${COMPREPLY[@]}"`;
  return sorted(output('bash', ['-c', script, 'bash', name, ...words]).split('\n').filter(Boolean));
}

// The list that zsh shows below the line: it clears the screen before it, and goes up again behind it.
function zshShows(line) {
  const shown = output('zsh', ['-f', here('zsh_completion.zsh'), folder, line]);
  return /\n\x1b\[J([^]*?)\x1b\[\d*A/.exec(shown)?.[1].replaceAll(/\x1b\[K|\r/g, '') ?? '';
}

const zshOptions = (name) => sorted([...zshShows(`${name} -`).matchAll(/^(-.*?) +-- /gm)].flatMap(([, names]) => names.split(/ +/)));

// Words that an option takes are offered: of closewatch-capture, the formats of a report.
function compareValues() {
  const formats = ['csv', 'json', 'table'];
  for (const words of [['--output', ''], ['--output', '='], ['--output', '=', '']]) {
    const offered = bashOffers('closewatch-capture', ...words);
    if (offered.join() !== formats.join()) found.push(`bash offers ${offered} behind ${words.join(' ')}`);
  }
  if (bashOffers('closewatch-capture', '--output', 'j').join() !== 'json') found.push('bash does not complete --output j');
  if (!bashOffers('closewatch-capture', '-i', 'l').includes('lo')) found.push('bash does not offer the interface lo');
  if (!bashOffers('closewatch-proxy', '--config', '/et').includes('/etc')) found.push('bash does not offer files for --config');
  const shown = zshShows('closewatch-capture --output ').trim().split(/\s+/).sort();
  if (shown.join() !== formats.join()) found.push(`zsh offers ${shown} behind --output`);
}

for (const program of programs) {
  const name = basename(program);
  const options = leading(output(program, ['--help']));
  console.log(`${name}: ${options.join(' ')}`);
  if (!options.includes('--help') || options.length < 8) found.push(`${name} --help tells only ${options}`);
  compare(`${name}.8`, ofManPage(name), options);
  compare(`the completion of ${name} for bash`, bashOffers(name, '-'), options);
  compare(`the completion of ${name} for zsh`, zshOptions(name), options);
}
compareValues();
finish(found);
