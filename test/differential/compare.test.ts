import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { compareExchanges } from './compare.js';
import type { SentRequest } from './grammar.js';
import { textOfRequest } from './oddities.js';
import { type Answer, type Exchange, Wire } from './wire.js';

const asked: SentRequest = {
  ...{ method: 'GET', target: '/', version: '1.1', body: '' },
  lines: ['Host: localhost'],
};
/** Node's parser refuses a header without a name. */
const refused: SentRequest = { ...asked, lines: ['Host: localhost', ': nameless', 'Connection: close'] };

/** Returns what a plain Express app answers to a request, and to a malformed one after it, on one connection. */
async function askPlainly(handler: RequestHandler, onRefusal: () => void): Promise<Exchange> {
  const app = express().get('/', handler);
  const server = createServer(app).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  server.on('connection', (socket) => socket.once('close', onRefusal));
  await once(server, 'listening');
  const segments = [Buffer.from([asked, refused].map(textOfRequest).join(''), 'latin1')];
  const wire = new Wire((server.address() as AddressInfo).port);
  return await wire.exchange({ segments, methods: ['GET', 'GET'], repeatable: false });
}

test('a request that Node refuses costs the one before it its answer, if that is not finished, without any cache', async () => {
  const events = new EventEmitter();
  const refusal = once(events, 'refused');
  const tell = () => events.emit('refused');
  const quick = await askPlainly((_request, response) => void response.send('page'), tell);
  const slow = await askPlainly(async (_request, response) => {
    await refusal;
    response.send('page');
  }, tell);
  expect(quick.answers.map(({ status }) => status)).toEqual([200]);
  expect(slow.answers.map(({ status }) => status)).toEqual([400]);
  expect(compareExchanges(slow, quick, [asked, refused])).toEqual([]);
});

test('an answer that is missing for any other reason is a difference', () => {
  const answer = (status: number, text = '', headers: Record<string, string> = {}): Answer => ({
    ...{ status, headers: new Map(Object.entries(headers)), body: Buffer.from(text) },
    ...{ trailers: '', complete: true },
  });
  const exchange = (...answers: Answer[]): Exchange => ({ answers, rest: '', silent: false });
  const page = answer(200, 'page');
  const refusal = answer(400, '', { connection: 'close' });
  const differ = (on: Exchange, off: Exchange, requests: readonly SentRequest[]) =>
    compareExchanges(on, off, requests).length > 0;
  const [requests, three] = [
    [asked, asked],
    [asked, asked, asked],
  ];
  expect(differ(exchange(refusal), exchange(page), requests)).toBe(false);
  expect(differ(exchange(page), exchange(refusal), requests)).toBe(false);
  expect(differ(exchange(page, refusal), exchange(page, page), three)).toBe(false);
  expect(differ(exchange(refusal), exchange(page, page), requests)).toBe(true);
  expect(differ(exchange(refusal), exchange(page), [asked])).toBe(true);
  expect(differ(exchange(), exchange(page), requests)).toBe(true);
  expect(differ(exchange(), exchange(refusal), requests)).toBe(true);
  expect(differ(exchange(page), exchange(page, page), requests)).toBe(true);
  expect(differ(exchange(answer(200, 'other'), refusal), exchange(page), requests)).toBe(true);
  expect(differ(exchange(answer(400, 'bad', { connection: 'close' })), exchange(page), requests)).toBe(true);
  expect(differ(exchange(answer(400, '', { etag: '"1"' })), exchange(page), requests)).toBe(true);
});

test('an answer that broke in the middle may be none, where it would have become a 304', () => {
  const broken: Answer = {
    ...{ status: 200, headers: new Map(), body: Buffer.from('half'), trailers: '', complete: false },
  };
  const exchange = (...answers: Answer[]): Exchange => ({ answers, rest: '', silent: false });
  const conditional: SentRequest = { ...asked, lines: ['Host: localhost', 'If-None-Match: *'] };
  expect(compareExchanges(exchange(), exchange(broken), [conditional])).toEqual([]);
  expect(compareExchanges(exchange(), exchange(broken), [asked])).not.toEqual([]);
  expect(compareExchanges(exchange(), exchange({ ...broken, complete: true }), [conditional])).not.toEqual(
    [],
  );
  expect(compareExchanges({ ...exchange(), silent: true }, exchange(broken), [conditional])).not.toEqual([]);
});
