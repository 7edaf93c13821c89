// Every usual way in which a connection ends: who does what, and what each end then reports.
//
// `client` and `server` are the codes that the endpoints must report, and that we must count.
// An endpoint that was killed, or whose page is gone, reports nothing: there the rules of RFC 6455
// section 7.1.5 say what it would have observed. `differs` holds what one library does otherwise.

const handshake = 'closing_handshake';

const both = (code) => ({ client: code, server: code });
const closed = (by, code) => ({
  name: `${code} by ${by}`, by, action: code === 1005 ? 'close_empty' : 'close', code,
  ...both(code), initiator: by, cause: handshake,
});
const abnormal = (name, by, action, cause) => ({
  name: `1006, ${name} by ${by}`, by, action, ...both(1006), initiator: by, cause,
});
const invalid = (code) => ({
  name: `${code} on the wire`, by: 'server', action: 'raw_close', code,
  // The client fails the connection with 1002, which is a Close that the server receives.
  client: 1006, server: 1002, initiator: 'server', cause: 'protocol_error',
  // Chromium takes every number and echoes it; the server then refuses the echo.
  differs: { chromium: { client: code, server: 1006 } },
});

export const endings = [
  closed('client', 1000),
  closed('server', 1000),
  closed('client', 1001),
  closed('server', 1001),
  {
    name: '1001, tab closed', by: 'client', action: 'leave', ...both(1001),
    initiator: 'client', cause: handshake,
  },
  closed('client', 1005),
  closed('server', 1005),
  abnormal('FIN', 'client', 'terminate', 'fin'),
  abnormal('FIN', 'server', 'terminate', 'fin'),
  abnormal('RST', 'client', 'reset', 'reset'),
  abnormal('RST', 'server', 'reset', 'reset'),
  abnormal('killed', 'client', 'kill', 'fin'),
  abnormal('killed', 'server', 'kill', 'fin'),
  closed('server', 1008),
  closed('server', 1009),
  {
    name: '1009, message too big', by: 'client', action: 'send_too_big', client: 1009, server: 1006,
    initiator: 'server', cause: 'protocol_error',
    // A server that failed the connection reads nothing more, so that it reports 1006 although the
    // client answers. Its FIN, sent without waiting for the answer, tells; when the answer is faster
    // than the FIN, the wire shows what an application's close(1009) shows.
    orCounted: { server: 1009, cause: handshake },
  },
  closed('server', 1011),
  closed('server', 1012),
  closed('client', 3000),
  closed('server', 3000),
  closed('client', 4000),
  closed('server', 4000),
  invalid(999),
  invalid(1016),
];

// Which of the actions a library's interface offers to its user. `answers` is the code that it sends
// back whatever code it got; `reports` is what it reports instead of a code.
const anyCode = () => true;
const browserCode = (code) => code === 1000 || code >= 3000;
const libraries = {
  ws: { close: anyCode, actions: ['close', 'close_empty', 'terminate', 'reset', 'kill', 'send_too_big', 'raw_close'] },
  websockets: { close: anyCode, actions: ['close', 'terminate', 'reset', 'kill', 'send_too_big', 'raw_close'] },
  aiohttp: {
    close: anyCode, actions: ['close', 'terminate', 'reset', 'kill', 'send_too_big'],
    answers: 1000, reports: { 1005: 0 },
  },
  // Only its program can end, which a client sees as a FIN. It takes messages of any size,
  // and says nothing of codes.
  websocketd: { close: anyCode, actions: ['terminate'], refuses: ['send_too_big'], silent: true },
  // Node's own client holds the connection open for long after a message was refused.
  node: { close: browserCode, actions: ['close', 'close_empty', 'kill'] },
  chromium: { close: browserCode, actions: ['close', 'close_empty', 'leave', 'send_too_big'] },
};

export const reportsCodes = (library) => !libraries[library].silent;

export function possible(ending, client, server) {
  const { close, actions } = libraries[ending.by === 'client' ? client : server];
  if (libraries[server].refuses?.includes(ending.action)) return false;
  return actions.includes(ending.action) && (ending.action !== 'close' || close(ending.code));
}

// The codes of a closing handshake that `initiator` began.
function handshakeCodes(codes, initiator, client, server) {
  const answer = libraries[initiator === 'client' ? server : client].answers;
  return answer ? { ...codes, [initiator]: answer } : codes;
}

// What this ending is between these two libraries: `reported` by them (null where an end is gone, or
// says nothing), and all that may be `counted` by us.
export function expectation(ending, client, server) {
  const { initiator, cause } = ending;
  const answered = (codes, how) => (how === handshake ? handshakeCodes(codes, initiator, client, server) : codes);
  const codes = answered({ client: ending.client, server: ending.server, ...ending.differs?.[client] }, cause);
  const counted = [{ ...codes, initiator, cause }];
  if (ending.orCounted) {
    const { cause: otherwise, ...others } = ending.orCounted;
    counted.push({ ...answered({ ...codes, ...others }, otherwise), initiator, cause: otherwise });
  }
  const gone = ['kill', 'leave'].includes(ending.action) ? { [ending.by]: null } : {};
  const said = (library, code) => libraries[library].reports?.[code] ?? code;
  const reported = { client: said(client, codes.client), server: reportsCodes(server) ? said(server, codes.server) : null, ...gone };
  return { counted, reported };
}
