import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { readJson } from '../../../src/operate/api/body.js';
import { problemOf } from '../../../src/operate/api/problem.js';
import { sendProblem } from '../../../src/operate/api/respond.js';
import { listen } from '../../helpers/site/site.js';

test('a body that does not come is not waited for without end', async () => {
  const port = await listen((request, response) => {
    readJson(request, { bytes: 100, milliseconds: 20 }).then(
      (value) => void response.end(JSON.stringify(value)),
      (error) => sendProblem(request, response, { problem: problemOf(error), headers: {} }),
    );
  });
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{');
  // The server closes the connection, although the client does not.
  expect(await text(socket)).toMatch(/^HTTP\/1.1 408 .*"code":"ERR_API_BODY_SLOW"/s);
});

test('a client that leaves within its body leaves nothing waiting', async () => {
  let settled: (error: unknown) => void = () => undefined;
  const left = new Promise((resolve) => {
    settled = resolve;
  });
  const port = await listen((request) => {
    readJson(request, { bytes: 100, milliseconds: 60_000 }).catch(settled);
  });
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{');
  socket.end();
  socket.destroy();
  expect(await left).toBeInstanceOf(Error);
});
