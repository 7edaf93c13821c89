// Connections, several at a time: each sends messages, checks what comes back, and ends in one of many
// ways. On {"stop"} it reports the paths of those that were opened, and what went wrong. That an
// upstream dies is nothing wrong; a byte that differs is, and so is an answer that never comes.
//
// Usage: churn_client.mjs URL NAME

import { randomBytes, randomInt } from 'node:crypto';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { resetTcp } from './reset_tcp.mjs';

const [url, name] = process.argv.slice(2);
const told = { stopped: true, opened: [], refused: 0, messages: 0, bytes: 0, failures: [] };
const lanes = 8;
let stopping = false;

const sizes = [0, 1, 125, 126, 4000, 65535, 65536, 300000];
const endings = [
  (socket) => socket.close(1000), (socket) => socket.close(4001), (socket) => socket.close(),
  (socket) => socket.terminate(), (socket) => resetTcp(socket._socket),
  (socket) => socket.send('close'), (socket) => socket.send('terminate'),
];

function converse(path) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url}${path}`, { perMessageDeflate: randomInt(2) === 1 });
    const waiting = [];
    let left = randomInt(1, 12);
    let opened = false;
    const fail = (why) => {
      told.failures.push(`${path}: ${why}`);
      socket.terminate();
    };
    const patience = setTimeout(() => fail(`${waiting.length} answers did not come`), 20000);
    const say = () => {
      const data = randomBytes(sizes[randomInt(sizes.length)]);
      waiting.push(data);
      socket.send(data);
      --left;
    };
    socket.on('open', () => {
      opened = true;
      told.opened.push(path);
      for (let i = 0; i < 3 && left > 0; ++i) say();
    });
    socket.on('message', (data) => {
      const expected = waiting.shift();
      if (!expected?.equals(data)) return fail(`${data.length} bytes came back that differ from the ${expected?.length} sent`);
      ++told.messages;
      told.bytes += data.length;
      if (left > 0) return say();
      if (waiting.length === 0) endings[randomInt(endings.length)](socket);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(patience);
      if (!opened) ++told.refused;
      resolve();
    });
  });
}

async function lane(number) {
  for (let i = 0; !stopping; ++i) await converse(`/${name}/${number}/${i}`);
}

const running = Array.from({ length: lanes }, (_, i) => lane(i));
createInterface({ input: process.stdin }).on('line', async () => {
  stopping = true;
  await Promise.all(running);
  process.stdout.write(`${JSON.stringify(told)}\n`);
});
