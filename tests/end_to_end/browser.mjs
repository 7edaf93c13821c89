// Chromium as a client; the same two calls as a Peer.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { keyHash } from './certificate.mjs';

const executablePath = '/usr/bin/chromium';
const args = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
  '--disable-background-networking', '--disable-component-update', '--disable-default-apps',
  '--disable-extensions', '--no-default-browser-check', '--disable-dev-shm-usage',
];

// Runs in the page. Resolves with the code of the CloseEvent, or with null when it is time to
// close the tab.
function converse({ url, by, action, code }) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    const actions = {
      close: () => socket.close(code),
      close_empty: () => socket.close(),
      send_too_big: () => socket.send(new Uint8Array(1200)),
      leave: () => resolve(null),
    };
    socket.onopen = () => socket.send('hello');
    socket.onmessage = () => (by === 'client' ? actions[action]() : socket.send('go'));
    socket.onclose = (event) => resolve(event.code);
  });
}

// Runs in the page: opens so many sockets, which the page then holds. Resolves when all are open.
function hold({ urls }) {
  const sockets = urls.map((url) => new WebSocket(url));
  window.closeCodes = Promise.all(sockets.map((socket) => new Promise((resolve) => (socket.onclose = ({ code }) => resolve(code)))));
  return Promise.all(sockets.map((socket) => new Promise((resolve) => (socket.onopen = resolve)))).then(() => null);
}

export class Browser {
  library = 'chromium';
  #browser;
  #closed = new Map();

  static installed = () => existsSync(executablePath);

  // `certificate` is one to trust.
  static async start({ certificate = null } = {}) {
    const browser = new Browser();
    const trusting = certificate ? [`--ignore-certificate-errors-spki-list=${keyHash(certificate)}`] : [];
    browser.#browser = await chromium.launch({ executablePath, headless: true, args: [...args, ...trusting] });
    return browser;
  }

  say({ url }) {
    const { origin, pathname } = new URL(url.replace(/^ws/, 'http'));
    this.#closed.set(pathname, this.#visit(origin, url));
  }

  async #visit(origin, url) {
    const { searchParams } = new URL(url);
    const page = await this.#browser.newPage();
    await page.goto(origin);
    const code = await page.evaluate(converse, {
      url,
      by: searchParams.get('by'),
      action: searchParams.get('do'),
      code: Number(searchParams.get('code')),
    });
    await page.close();
    return code;
  }

  // The code that the page at `path` got, or null when its tab was closed.
  closed(path) {
    return this.#closed.get(path);
  }

  // Opens all of them in one page. A function that resolves with the codes when all have closed.
  async hold(urls) {
    const page = await this.#browser.newPage();
    await page.goto(new URL(urls[0].replace(/^ws/, 'http')).origin);
    await page.evaluate(hold, { urls });
    return () => page.evaluate(() => window.closeCodes);
  }

  kill() {
    return this.#browser.close();
  }
}
