// Sends every message back, and closes of its own when it is asked to.
//
// Usage: echo_server.mjs PORT

import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]) }, () =>
  process.stdout.write(`${JSON.stringify({ listening: true })}\n`));
server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, isBinary) => {
    if (!isBinary && data.toString() === 'close') socket.close(4000);
    else if (!isBinary && data.toString() === 'terminate') socket.terminate();
    else socket.send(data, { binary: isBinary });
  });
});
