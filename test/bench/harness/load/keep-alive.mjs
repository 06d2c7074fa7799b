// A load of a given number of requests over persistent connections: rounds may be of any length, and each response is
// read.
import { once } from 'node:events';
import { connect } from 'node:net';

const END_OF_HEAD = '\r\n\r\n';

/** Returns the head of a request as bytes. */
export function requestFor(path, headers = {}) {
  const lines = Object.entries({ Host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}${END_OF_HEAD}`);
}

/** Opens connections to a port of the loopback address. */
export async function openConnections(port, count) {
  const sockets = Array.from({ length: count }, () => connect({ port, host: '127.0.0.1', noDelay: true }));
  for (const socket of sockets) await once(socket, 'connect');
  // A sender notices an error when the connection closes.
  for (const socket of sockets) socket.on('error', () => undefined);
  return {
    /** Sends the requests, each connection one at a time. Throws if `check` rejects the head of a response. */
    async send(requests, check) {
      let next = 0;
      const take = () => (next < requests.length ? requests[next++] : undefined);
      await Promise.all(sockets.map((socket) => sendInTurn(socket, take, check)));
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function sendInTurn(socket, take, check) {
  return new Promise((resolve, reject) => {
    let received = '';
    let current;
    const settle = (settleWith, value) => {
      socket.off('data', onData).off('close', onClose);
      settleWith(value);
    };
    const sendNext = () => {
      current = take();
      if (current === undefined) settle(resolve);
      else socket.write(current);
    };
    const onClose = () => settle(reject, new Error('The server closed the connection'));
    const onData = (chunk) => {
      received += chunk.latin1Slice();
      const end = endOfAnswer(received);
      if (end === undefined || received.length < end) return;
      const problem = problemOf(received, end, check);
      if (problem !== undefined) {
        settle(reject, new Error(`${problem} to ${current}: ${received.slice(0, 1_000)}`));
        return;
      }
      received = '';
      sendNext();
    };
    if (socket.destroyed) reject(new Error('The server closed the connection'));
    socket.on('data', onData).on('close', onClose);
    sendNext();
  });
}

/**
 * Returns undefined while the head is incomplete. Every measured response must have a Content-Length; otherwise this
 * returns NaN.
 */
function endOfAnswer(received) {
  const head = received.indexOf(END_OF_HEAD);
  if (head === -1) return undefined;
  const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(received.slice(0, head + 2)) ?? [];
  return length === undefined ? Number.NaN : head + END_OF_HEAD.length + Number(length);
}

function problemOf(received, end, check) {
  if (Number.isNaN(end)) return 'No length in the answer';
  if (received.length > end) return 'More than one answer';
  return check(received.slice(0, received.indexOf(END_OF_HEAD) + 2)) ? undefined : 'Wrong answer';
}
