// The server of ws_server.mjs, made with Debian's websocketd around a shell script. It reports no
// close codes; all it can do of its own is to end, without a Close.
//
// Usage: websocketd_server.mjs HOST PORT

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { freePort, until } from './program.mjs';

const [host, givenPort] = process.argv.slice(2);
const port = Number(givenPort) || (await freePort());
const script = fileURLToPath(new URL('websocketd_script.sh', import.meta.url));
spawn('setpriv', [
  '--pdeathsig', 'KILL', 'websocketd', `--address=${host}`, `--port=${port}`, '--loglevel=fatal', script,
], { stdio: ['ignore', 'ignore', 'inherit'] });

const listens = () => new Promise((resolve) => {
  const socket = connect(port, host, () => resolve(socket.destroy() && true)).on('error', () => resolve(false));
});
if (!(await until(listens))) throw new Error('websocketd does not listen');
process.stdout.write(`${JSON.stringify({ listening: port })}\n`);
process.stdin.resume();
