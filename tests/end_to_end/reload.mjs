// Configurations that change while connections come and go: not one is refused, those that are open
// live on, a bad file changes nothing. And what systemd expects: sockets that it passes, and what it
// is told.
//
// Usage: reload.mjs CLOSEWATCH_PROXY

import { copyFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeCertificate, serialNumber } from './certificate.mjs';
import { closeFrame, frame, frames } from './frames.mjs';
import { acceptRaw, openRaw } from './opening_handshake.mjs';
import { finish, needProgram, staysItself } from './outcome.mjs';
import { Peer } from './peer.mjs';
import { freePort, until } from './program.mjs';
import { Proxy, serviceTo } from './proxy.mjs';
import { RawServer, RawSocket } from './raw_socket.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const [program] = process.argv.slice(2);
needProgram(program);
const found = [];
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

function expect(what, is, should) {
  if (String(is) !== String(should)) found.push(`${what}: ${is}, not ${should}`);
}

// Says its name, and answers every text with the same text; answers a Close and ends.
function startServer(name, port = 0) {
  return RawServer.start(async (socket) => {
    await acceptRaw(socket);
    socket.send(frame('server', 'text', name));
    let answered = 0;
    await socket.until(() => {
      const { frames: all } = frames(socket.bytes);
      for (; answered < all.length; ++answered) {
        const { opcode, payload, code } = all[answered];
        if (opcode === 'text') socket.send(frame('server', 'text', payload));
        if (opcode === 'close') {
          socket.send(closeFrame('server', code));
          socket.finish();
        }
      }
      return socket.end !== null;
    }, 120);
    socket.finish();
  }, { port });
}

const texts = (socket) => frames(socket.bytes).frames.filter(({ opcode }) => opcode === 'text').map(({ payload }) => payload.toString());

// Opens, says something, hears it, closes. The name of the server, or throws.
async function converse(port, options) {
  const socket = await openRaw(port, '/', options);
  socket.send(frame('client', 'text', 'echo'));
  if (!(await socket.until(() => texts(socket).length === 2, 10))) throw new Error('there was no echo');
  socket.send(closeFrame('client', 1000));
  if (!(await socket.ended())) throw new Error('the Close was not answered');
  const [name] = texts(socket);
  socket.destroy();
  return name;
}

// Connections one after the other, several at a time, until told to stop.
class Churn {
  count = 0;
  failures = [];
  stopped = false;

  constructor(port, lanes) {
    this.lanes = Array.from({ length: lanes }, async () => {
      while (!this.stopped) {
        await converse(port).then(() => ++this.count, (error) => this.failures.push(error.code ?? error.message));
      }
    });
  }

  async stop() {
    this.stopped = true;
    await Promise.all(this.lanes);
  }
}

const reloads = 30;

async function reloadsUnderChurn() {
  const [first, second] = await Promise.all([startServer('first'), startServer('second')]);
  const folder = temporaryFolder();
  const [main, extra, secure] = [await freePort(), await freePort(), await freePort()];
  const old = makeCertificate(folder, 'old');
  const next = makeCertificate(folder, 'next');
  const used = { certificate: join(folder, 'used.pem'), key: join(folder, 'used.key') };
  const use = ({ certificate, key }) => (copyFileSync(certificate, used.certificate), copyFileSync(key, used.key));
  const listener = (port, options) => ({ address: `127.0.0.1:${port}`, ...options });
  const config = (upstreams, withExtra) => ({
    listeners: [listener(main), listener(secure, { tls: { certificates: [used] } }), ...(withExtra ? [listener(extra)] : [])],
    services: [serviceTo(upstreams.map(({ port }) => port))],
  });

  use(old);
  const proxy = await Proxy.start(program, config([first], false), { args: staysItself });
  proxy.port = main;
  const lasting = await openRaw(main);
  const served = async () => {
    const socket = connectTls({ port: secure, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { serialNumber: number } = socket.getPeerCertificate();
    socket.destroy();
    return number;
  };
  expect('the certificate before', await served(), serialNumber(old));
  const listens = (port) => RawSocket.connect(port).then((socket) => socket.destroy() ?? true, () => false);

  const churn = new Churn(main, 6);
  for (let i = 1; i <= reloads; ++i) {
    const upstreams = [[first, second], [second], [first]][i % 3];
    const answers = async (port) => {
      const name = await converse(port).catch(({ message }) => message);
      const possible = upstreams.map((upstream) => (upstream === first ? 'first' : 'second'));
      if (!possible.includes(name)) found.push(`reload ${i}: the answer came from ${name}, not from ${possible.join(' or ')}`);
    };
    const taken = await proxy.reload(config(upstreams, i % 2 === 1));
    if (!taken) found.push(`reload ${i} was not taken: ${proxy.stderr}`);
    await answers(main);
    await sleep(50);
    if (i % 10 === 5) {
      expect(`reload ${i}: a listener that was added accepts`, await listens(extra), true);
      await answers(extra);
    }
    if (i % 10 === 0) {
      expect(`reload ${i}: a listener that was removed refuses`, await until(() => listens(extra).then((does) => !does), 3), true);
    }
    if (i === 15) {
      expect('a bad file is taken', await proxy.reload('listeners: [{address: nowhere}]\nservices: 7\n'), false);
      await sleep(100);
    }
  }
  use(next);
  await proxy.reload(config([first], false));
  expect('the certificate after', await served(), serialNumber(next));
  await churn.stop();
  console.log(`${reloads} reloads, ${churn.count} connections, ${churn.failures.length} failed`);
  if (churn.failures.length > 0) found.push(`Connections failed: ${[...new Set(churn.failures)].join(', ')}`);
  if (churn.count < 100) found.push(`Only ${churn.count} connections were made.`);

  lasting.send(frame('client', 'text', 'still here'));
  expect('a connection of before the reloads', await lasting.until(() => texts(lasting).includes('still here')), true);
  lasting.destroy();
  expect('what it said about the bad file', /nowhere|services/.test(proxy.stderr), true);
  expect('the exit code', await proxy.stop(), 0);
  await Promise.all([first.stop(), second.stop()]);
}

// As soon as anybody listens.
async function converseEarly(port) {
  for (;;) {
    const [name, error] = await converse(port).then((said) => [said, null], (failure) => [null, failure]);
    if (error?.code !== 'ECONNREFUSED') return name ?? error.message;
    await sleep(1);
  }
}

// systemd listens, and passes the socket: who connected before the proxy ran is served too. Each step
// is told on the socket that NOTIFY_SOCKET names.
async function runsUnderSystemd() {
  const server = await startServer('activated');
  const folder = temporaryFolder();
  const port = await freePort();
  const notified = new Peer(['/usr/bin/python3', here('notify_socket.py'), join(folder, 'notify')]);
  await notified.hear((message) => message.ready);
  const tells = (state) => notified.hear((message) => message.state?.includes(state)).then(() => true, () => false);
  const launcher = ['/usr/bin/python3', here('socket_activation.py'), `127.0.0.1:${port}`];
  const config = { listeners: [{ address: `127.0.0.1:${port}` }], services: [serviceTo([server.port])] };
  const starting = Proxy.start(program, config, {
    args: staysItself, launcher, env: { ...process.env, NOTIFY_SOCKET: join(folder, 'notify') },
  });
  const early = converseEarly(port);
  const proxy = await starting;
  expect('READY=1 was told', await tells('READY=1'), true);
  expect('a connection of before', await early, 'activated');
  expect('through the socket passed', await converse(port).catch(({ message }) => message), 'activated');
  expect('the reload', await proxy.reload(config), true);
  expect('RELOADING=1 was told', await tells('RELOADING=1'), true);
  expect('READY=1 was told again', await tells('READY=1'), true);
  expect('through the socket after a reload', await converse(port).catch(({ message }) => message), 'activated');
  const stopped = proxy.stop();
  expect('STOPPING=1 was told', await tells('STOPPING=1'), true);
  expect('the exit code', await stopped, 0);
  await notified.kill();
  await server.stop();
}

await Promise.all([reloadsUnderChurn(), runsUnderSystemd()]);
finish(found);
