import type { SentRequest } from './grammar.js';
import type { Random } from './random.js';

/** The bytes that are sent for a request. */
export interface Sending {
  readonly segments: readonly Buffer[];
  readonly requests: readonly SentRequest[];
  /** Whether the client leaves without waiting for an answer. */
  readonly abandoned?: boolean;
}

export type Oddity = (request: SentRequest, random: Random) => Sending;

const latin1 = (text: string) => Buffer.from(text, 'latin1');

export function textOfRequest({ method, target, version, lines, body }: SentRequest): string {
  return [`${method} ${target} HTTP/${version}`, ...lines, '', body].join('\r\n');
}

const closing = (request: SentRequest): SentRequest => ({
  ...request,
  lines: [...request.lines, 'Connection: close'],
});

/** Sends the request with changes, on a connection that is closed afterwards. */
const written =
  (change: (text: string, request: SentRequest, random: Random) => string): Oddity =>
  (request, random) => {
    const last = closing(request);
    return { segments: [latin1(change(textOfRequest(last), last, random))], requests: [last] };
  };

const requestLine =
  (lineOf: (request: SentRequest, random: Random) => string): Oddity =>
  (request, random) =>
    written((text) => text.replace(/^.*?(?=\r\n)/s, () => lineOf(request, random)))(request, random);

const plainly = (request: SentRequest): Sending => ({
  segments: [latin1(textOfRequest(request))],
  requests: [request],
});
export const asItIs: Oddity = plainly;

const split: Oddity = (request, random) => {
  const bytes = latin1(textOfRequest(closing(request)));
  const position = 1 + random.integer(bytes.length - 1);
  return { segments: [bytes.subarray(0, position), bytes.subarray(position)], requests: [closing(request)] };
};

/** Sends several safe requests at once. The given request is the last, as a GET or HEAD. */
const pipelined: Oddity = (request, random) => {
  const plain = request.lines.slice(0, 1);
  const before = Array.from({ length: 1 + random.integer(2) }, (): SentRequest => {
    const target = random.chance(0.5)
      ? request.target
      : random.pick(['/about', '/', '/refused/cookie', '/tiny']);
    return {
      ...request,
      method: random.pick(['GET', 'GET', 'HEAD']),
      target,
      lines: plain,
      version: '1.1',
      body: '',
    };
  });
  const requests = [
    ...before,
    closing({ ...request, method: request.method === 'HEAD' ? 'HEAD' : 'GET', body: '' }),
  ];
  const unframed = requests.map((one) => ({
    ...one,
    lines: one.lines.filter((line) => !FRAMING.test(line)),
  }));
  return { segments: [latin1(unframed.map(textOfRequest).join(''))], requests: unframed };
};

const FRAMING = /^(?:content-length|transfer-encoding|expect)/i;
const SMUGGLED = 'GET /wiki/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** Sends a request inside the body of another. */
const wrapped: Oddity = (request) => {
  const lines = request.lines.filter((line) => !FRAMING.test(line));
  const outer = closing({
    ...request,
    lines: [...lines, `Content-Length: ${SMUGGLED.length}`],
    body: SMUGGLED,
  });
  return { segments: [latin1(textOfRequest(outer))], requests: [outer] };
};

const isSafe = ({ method }: SentRequest) => ['GET', 'HEAD', 'OPTIONS'].includes(method);

/** Sends a body whose length is given in contradictory or invalid ways. */
const smuggled: Oddity = (request, random) => {
  const lines = request.lines.filter((line) => !FRAMING.test(line));
  const framings = [
    [`Content-Length: ${SMUGGLED.length + 5}`, 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    ['Transfer-Encoding: xchunked'],
    [`Content-Length: ${SMUGGLED.length + 5}`, 'Content-Length: 5'],
    [`Content-Length: +${SMUGGLED.length + 5}`],
    ['Transfer-Encoding: chunked, chunked'],
  ];
  // Node reads this as chunked, and what follows as data after the end. It answers 400 to that, unless the answer has
  // left; but an answer to an unsafe method is held back until its pages are deleted.
  if (isSafe(request)) framings.push(['Transfer-Encoding:\tchunked']);
  const framing = random.pick(framings);
  const outer = closing({ ...request, lines: [...lines, ...framing], body: `0\r\n\r\n${SMUGGLED}` });
  return { segments: [latin1(textOfRequest(outer))], requests: [outer, outer] };
};

/** The client leaves before it has an answer. */
const abandoned: Oddity = (request) => ({ ...plainly(request), abandoned: true });

export const oddities: readonly (readonly [weight: number, oddity: Oddity])[] = [
  [170, asItIs],
  [6, split],
  [8, pipelined],
  [3, wrapped],
  [3, smuggled],
  [2, written((text) => text.replaceAll('\r\n', '\n'))],
  [2, written((text) => `\r\n${text}`)],
  [1, written((text) => ` ${text}`)],
  [1, written((text, _request, random) => text.replace(/\r\n/, random.pick(['\r', '\n\r\n', '\r\r\n'])))],
  [2, requestLine(({ method, target }) => `${method}  ${target}  HTTP/1.1`)],
  [1, requestLine(({ method, target }) => `${method}\t${target}\tHTTP/1.1`)],
  [1, requestLine(({ method, target }) => `${method} ${target} HTTP/1.1 `)],
  [1, requestLine(({ method, target }, random) => `${method} ${target} ${random.pick(VERSIONS)}`)],
  [2, abandoned],
];

const VERSIONS = [
  'http/1.1',
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/0.9',
  'HTTP/11',
  'HTTP/1.10',
  'HTTPS/1.1',
  'HTTP/1',
  '',
];
