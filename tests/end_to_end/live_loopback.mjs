// Every ending between every client and server library, on loopback.
//
// Usage: live_loopback.mjs PROGRAM

import { nodeWebSocketOptions } from './endpoints.mjs';
import { runMatrix } from './matrix.mjs';
import { finish, needProgram, needRoot } from './outcome.mjs';

const [program] = process.argv.slice(2);
needProgram(program);
needRoot();

const clients = ['ws', 'websockets'];
if (nodeWebSocketOptions()) clients.push('node');
else console.log(`Node.js ${process.version} has no WebSocket of its own; its rows are left out.`);

finish(await runMatrix({
  program, networkInterface: 'lo', host: '127.0.0.1', clients, servers: ['ws', 'websockets'],
}));
