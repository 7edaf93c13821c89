// Every ending that a page in Chromium can meet, on loopback.
//
// Usage: browser_loopback.mjs PROGRAM

import { Browser } from './browser.mjs';
import { runMatrix } from './matrix.mjs';
import { finish, needProgram, needRoot, skip } from './outcome.mjs';

const [program] = process.argv.slice(2);
needProgram(program);
needRoot();
if (!Browser.installed()) skip('there is no /usr/bin/chromium.');

finish(await runMatrix({
  program, networkInterface: 'lo', host: '127.0.0.1', clients: ['chromium'], servers: ['ws', 'websockets'],
}));
