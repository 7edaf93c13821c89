// Connections through an installed closewatch-proxy, in the network of the system that it is installed
// in: a server where its configuration expects one, and clients. Prints what they and both programs say.
//
// Usage: installed_conversation.mjs

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { parse } from './exposition.mjs';

const server = new WebSocketServer({ host: '127.0.0.1', port: 9000 });
await once(server, 'listening');
server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));

async function converse(end) {
  const socket = new WebSocket('ws://127.0.0.1:8080/chat');
  await once(socket, 'open');
  socket.send('hello');
  await once(socket, 'message');
  end(socket);
  const [code] = await once(socket, 'close');
  return code;
}

// What each program counted of a code, once it has counted any.
async function counted(port, series) {
  for (const end = Date.now() + 10000; ; await sleep(50)) {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => null);
    const value = response && parse(await response.text()).get(series);
    if (value || Date.now() > end) return value ?? null;
  }
}

const observed = (service, code) => `websocket_server_observed_closes_total{code="${code}",service="${service}"}`;
const codes = [await converse((socket) => socket.close(4000)), await converse((socket) => socket.terminate())];
console.log(JSON.stringify({
  codes,
  proxy: [await counted(10061, observed('default', 4000)), await counted(10061, observed('default', 1006))],
  // It sees either leg of each connection.
  capture: [await counted(10060, observed('default', 4000)), await counted(10060, observed('default', 1006))],
}));
process.exit(0);
