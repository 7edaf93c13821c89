// A server made with npm `ws`. What a connection is to meet stands in the query of its URL; the
// server acts when the client says "go", and reports the close code that its own handler gets.
//
// Usage: ws_server.mjs HOST PORT [CERTIFICATE KEY]

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { WebSocketServer } from 'ws';
import { resetTcp } from './reset_tcp.mjs';

const [host, port, certificate, key] = process.argv.slice(2);
const report = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const actions = {
  close: (socket, code) => socket.close(code),
  close_empty: (socket) => socket.close(),
  terminate: (socket) => socket.terminate(),
  reset: ({ _socket }) => resetTcp(_socket),
  kill: (_, __, path) => report({ kill: path }),
  // Past the library, which refuses to send such a code. The FIN keeps the library from sending a
  // second Close: Chromium reports 1006 when anything follows the first.
  raw_close: (socket, code) => socket._socket.end(Buffer.from([0x88, 2, code >> 8, code & 255])),
};

// The page that a browser's connection comes from, so that both have one origin.
const page = '<!doctype html><link rel="icon" href="data:,"><title>closewatch</title>';
const answer = (_, response) => response.end(page);
const http = certificate
  ? createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, answer) : createServer(answer);

const sockets = new WebSocketServer({ server: http, maxPayload: 1000 });
sockets.on('connection', (socket, request) => {
  const { pathname, searchParams } = new URL(request.url, 'http://server');
  socket.on('error', () => {}); // the close handler tells
  socket.on('close', (code) => report({ closed: pathname, code }));
  socket.on('message', (data) => {
    if (data.toString() === 'hello') socket.send('hello');
    if (data.toString() === 'go' && searchParams.get('by') === 'server') {
      actions[searchParams.get('do')](socket, Number(searchParams.get('code')), pathname);
    }
  });
});
http.listen(Number(port), host, () => report({ listening: http.address().port }));
