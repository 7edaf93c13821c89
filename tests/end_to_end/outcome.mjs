// How a test program ends: 0, 1 with sentences, or 77 with a reason, which CTest shows as skipped.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export function skip(why) {
  console.log(`Skipped: ${why}`);
  process.exit(77);
}

// Capturing, and network namespaces, need root here.
export function needRoot() {
  if (process.getuid() !== 0) skip('capturing packets needs root; run the tests with sudo.');
}

// A program that is started as root becomes another user, who cannot read again what is in a folder
// of root's. Root without capabilities can.
export const staysItself = process.getuid() === 0 ? ['--user', 'root'] : [];

export function needCommand(name) {
  if (spawnSync(name, ['--version']).error) skip(`${name} is not installed.`);
}

export function needProgram(...programs) {
  if (programs.every((program) => program && existsSync(program))) return;
  console.log('Say which program to test: its usage stands at the top of this file.');
  process.exit(2);
}

export function finish(differences) {
  for (const sentence of differences) console.log(sentence);
  console.log(differences.length === 0 ? 'All as expected.' : `${differences.length} differences.`);
  process.exit(differences.length === 0 ? 0 : 1);
}
