// A client made with npm `ws` or with Node's own WebSocket. Reads {"url"} lines; says "hello", and
// when the server has answered does what the URL's query says, or says "go" when that is the
// server's part. Reports the code of its close event.
//
// Usage: ws_client.mjs ws|node

import { createInterface } from 'node:readline';
import { WebSocket as NpmWebSocket } from 'ws';
import { resetTcp } from './reset_tcp.mjs';

const library = process.argv[2];
const Socket = library === 'ws' ? NpmWebSocket : globalThis.WebSocket;
const report = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const actions = {
  close: (socket, code) => socket.close(code),
  close_empty: (socket) => socket.close(),
  terminate: (socket) => socket.terminate(),
  reset: ({ _socket }) => resetTcp(_socket),
  kill: (_, __, path) => report({ kill: path }),
  send_too_big: (socket) => socket.send(Buffer.alloc(1200)),
};

function connect(url) {
  const { pathname, searchParams } = new URL(url);
  const socket = new Socket(url);
  socket.addEventListener('error', () => {}); // the close event tells
  socket.addEventListener('open', () => socket.send('hello'));
  socket.addEventListener('message', () => {
    if (searchParams.get('by') !== 'client') return socket.send('go');
    actions[searchParams.get('do')](socket, Number(searchParams.get('code')), pathname);
  });
  socket.addEventListener('close', ({ code }) => report({ closed: pathname, code }));
}

createInterface({ input: process.stdin }).on('line', (line) => connect(JSON.parse(line).url));
report({ ready: library });
