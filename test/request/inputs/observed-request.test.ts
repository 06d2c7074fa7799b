import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { inspect } from 'node:util';
import { configure } from 'safe-stable-stringify';
import { expect, test } from 'vitest';
import { ObservedRequest } from '../../../src/request/inputs/observed-request.js';

const lines = ['Host', 'a.example', 'User-Agent', 'x', 'Cookie', 'a=1', 'Cookie', 'b=2', 'Accept', '*/*'];

function observe() {
  const request = new IncomingMessage(new Socket());
  request.rawHeaders = [...lines];
  Object.assign(request.headers, { host: 'a.example', 'user-agent': 'x', cookie: 'a=1; b=2', accept: '*/*' });
  const { headers, rawHeaders } = request;
  const original = { headers, rawHeaders, keys: Object.keys(request) };
  return { request, original, observed: new ObservedRequest(request, new ServerResponse(request)) };
}

/** Ways to read headers, and the names that count as read. `*` means a copy of all headers. */
const looks: readonly (readonly [string, (request: IncomingMessage) => unknown, readonly string[]])[] = [
  ['by name', ({ headers }) => headers['user-agent'], ['user-agent']],
  ['for one that is not there', ({ headers }) => headers['x-none'], ['x-none']],
  ['whether it is there', ({ headers }) => 'x-none' in headers, ['x-none']],
  ['whether it is its own', ({ headers }) => Object.hasOwn(headers, 'x-none'), ['x-none']],
  ['by taking it out', ({ headers: { accept, ...others } }) => [accept, others], ['accept', '*']],
  [
    'at one of a list of names',
    ({ headers }) => Object.keys(headers).map((name) => name === 'accept' && headers[name]),
    ['*', 'accept'],
  ],
  ['at distinct ones', ({ headersDistinct }) => headersDistinct.accept, ['accept']],
  ['at a line', ({ rawHeaders }) => rawHeaders[3], ['user-agent']],
  ['at the name of a line', ({ rawHeaders }) => rawHeaders[2], ['*']],
  ['at nothing', () => undefined, []],
  ['at the names', ({ headers }) => Object.keys(headers), ['*']],
  ['at how many there are', ({ rawHeaders }) => rawHeaders.length, ['*']],
  ['at all, to log them', ({ headers }) => JSON.stringify({ headers }), []],
  ['at all, to log them twice', ({ headers }) => [JSON.stringify(headers), JSON.stringify({ headers })], []],
  ['at all, to log them in another way', ({ headers }) => configure({})({ headers }), []],
  ['at all, to log them in order', ({ headers }) => configure({ deterministic: true })({ headers }), []],
  ['at all, to print them', ({ headers }) => inspect({ headers }, { depth: 9 }), []],
  ['at some, to log them', ({ headers }) => JSON.stringify(headers, ['accept', 'host']), ['accept', 'host']],
  ['at all lines, to log them', ({ rawHeaders }) => JSON.stringify(rawHeaders), []],
  ['at all distinct ones, to log them', ({ headersDistinct }) => JSON.stringify(headersDistinct), []],
  ['at one, after all were logged', ({ headers }) => [JSON.stringify(headers), headers.accept], ['accept']],
  [
    'at whether they have a way to be logged, and then at all',
    ({ headers }) => [headers.toJSON, headers.host, { ...headers }],
    ['host', '*'],
  ],
  ['at all, to copy them', ({ headers }) => ({ ...headers }), ['*']],
  ['at all, by Object.assign', ({ headers }) => Object.assign({}, headers), ['*']],
  ['at all, by Object.entries', ({ headers }) => Object.entries(headers), ['*']],
  ['at all in turn', ({ headers }) => forIn(headers), ['*']],
  ['at all, to make Headers', ({ headers }) => new Headers(headers as Record<string, string>), ['*']],
  [
    'at all, to make a Request',
    ({ headers }) => new Request('http://a.example', { headers: headers as Record<string, string> }),
    ['*'],
  ],
  ['at all lines', ({ rawHeaders }) => [...rawHeaders], ['*']],
  ['at all lines in turn', ({ rawHeaders }) => forLines(rawHeaders), ['*']],
  ['at all distinct ones', ({ headersDistinct }) => ({ ...headersDistinct }), ['*']],
  ['by name, after all', ({ headers }) => [{ ...headers }, headers.accept], ['*', 'accept']],
  [
    'at what kind of object it is',
    ({ headers }) => [headers.get, headers.then, String(headers), headers instanceof Map],
    [],
  ],
  [
    'at what it has put there',
    ({ headers }) => {
      headers['x-own'] = '1';
      return headers['x-own'];
    },
    [],
  ],
];

function forIn(headers: object): unknown[] {
  const values: unknown[] = [];
  for (const name in headers) values.push(Reflect.get(headers, name));
  return values;
}

function forLines(rawHeaders: readonly string[]): unknown[] {
  const values: unknown[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2)
    values.push([rawHeaders[index], rawHeaders[index + 1]]);
  return values;
}

test.each(looks)('a look %s', (_, look, names) => {
  const { request, observed } = observe();
  look(request);
  const looked = new Set(observed.names());
  // Code that reads the headers of a list one by one has also read each of them, which `*` covers already.
  if (names.includes('*')) expect([...looked]).toEqual(expect.arrayContaining([...names]));
  else expect([...looked]).toEqual(names);
});

test('the views show what is there', () => {
  const { request } = observe();
  const plain = new IncomingMessage(new Socket());
  plain.rawHeaders = [...lines];
  expect(request.headers).toEqual({
    host: 'a.example',
    'user-agent': 'x',
    cookie: 'a=1; b=2',
    accept: '*/*',
  });
  expect(request.rawHeaders).toEqual(lines);
  expect(Array.isArray(request.rawHeaders)).toBe(true);
  expect(Object.keys(request.headersDistinct)).toEqual(Object.keys(plain.headersDistinct));
});

test('after the end nothing counts, and the request is as it was', () => {
  const { request, original, observed } = observe();
  const { headers } = request;
  observed.stop();
  expect(headers['user-agent']).toBe('x');
  expect(request.headers['user-agent']).toBe('x');
  expect(observed.names()).toEqual([]);
  expect(request.headers).toBe(original.headers);
  expect(request.rawHeaders).toBe(original.rawHeaders);
  expect(Object.keys(request)).toEqual(original.keys);
  expect(Object.create(request).headers).toBe(original.headers);
});

test('what the application puts in the place of the headers stays', () => {
  const { request, observed } = observe();
  request.headers = { host: 'b.example' };
  expect(request.headers.host).toBe('b.example');
  observed.stop();
  expect(request.headers).toEqual({ host: 'b.example' });
  expect(observed.names()).toEqual([]);
});

test('who has the request as a prototype is observed, too, and keeps what it puts there to itself', () => {
  const { request, observed } = observe();
  const derived: IncomingMessage = Object.create(request);
  expect(derived.headers['user-agent']).toBe('x');
  expect(observed.names()).toEqual(['user-agent']);
  derived.headers = { host: 'b.example' };
  expect([derived.headers.host, request.headers.host]).toEqual(['b.example', 'a.example']);
});

test('two observe one request, and each ends when it ends', () => {
  const { request, original, observed } = observe();
  const second = new ObservedRequest(request, new ServerResponse(request));
  expect(request.headers.accept).toBe('*/*');
  expect([observed.names(), second.names()]).toEqual([expect.arrayContaining(['accept']), ['accept']]);
  second.stop();
  expect(request.headers['user-agent']).toBe('x');
  expect(observed.names()).toContain('user-agent');
  observed.stop();
  expect(request.headers).toBe(original.headers);
  expect(request.rawHeaders).toBe(original.rawHeaders);
});

test('headers that an adapter has put on its request are observed, and given back', () => {
  const headers = { host: 'a.example', accept: '*/*' };
  for (const descriptor of [{ value: headers, writable: true }, { get: () => headers }]) {
    const request = new IncomingMessage(new Socket());
    Object.defineProperty(request, 'headers', { configurable: true, enumerable: true, ...descriptor });
    const observed = new ObservedRequest(request, new ServerResponse(request));
    expect(request.headers.accept).toBe('*/*');
    expect(observed.names()).toEqual(['accept']);
    observed.stop();
    expect(Object.getOwnPropertyDescriptor(request, 'headers')).toMatchObject(descriptor);
  }
});
