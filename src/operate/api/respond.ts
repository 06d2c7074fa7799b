import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemErrorCode } from '../../errors.js';
import type { Problem } from './problem.js';

/** Elements of a list that are written in one turn of the event loop. */
const SLICE = 1_000;

/** Headers of every answer: no cache stores it, and no browser guesses another content type. */
const always = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

/** Answers with JSON. Long lists in it are written in slices. */
export async function sendDocument(response: ServerResponse, document: object): Promise<void> {
  setHead(response, 200, { 'content-type': 'application/json' });
  const lists = Object.values(document).filter(Array.isArray);
  if (lists.every(({ length }) => length <= SLICE)) {
    endWith(response, document);
    return;
  }
  try {
    await pipeline(Readable.from(pieces(document)), response);
  } catch (error) {
    // The client has left.
    if (systemErrorCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

/** Answers with a problem. Closes the connection if the body has not been read, instead of waiting for it. */
export function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  { problem, headers }: { readonly problem: Problem; readonly headers: Readonly<Record<string, string>> },
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const end = request.complete ? {} : { connection: 'close' };
  setHead(response, problem.status, { 'content-type': 'application/problem+json', ...headers, ...end });
  endWith(response, problem);
}

/** Answers an OPTIONS with the allowed methods, and with no permission for other sites (CORS). */
export function sendMethods(response: ServerResponse, methods: readonly string[]): void {
  setHead(response, 204, { allow: methods.join(', ') });
  response.end();
}

function setHead(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries({ ...always, ...headers })) response.setHeader(name, value);
}

function endWith(response: ServerResponse, document: object): void {
  const body = Buffer.from(`${JSON.stringify(document)}\n`);
  response.setHeader('content-length', body.length);
  response.end(body);
}

/** Yields the JSON of a document, one slice of a list at a time. */
async function* pieces(document: object): AsyncGenerator<string> {
  let separator = '{';
  for (const [name, value] of Object.entries(document)) {
    yield `${separator}${JSON.stringify(name)}:`;
    separator = ',';
    if (!Array.isArray(value)) yield JSON.stringify(value);
    else yield* slicesOf(value);
  }
  yield '}\n';
}

async function* slicesOf(list: readonly unknown[]): AsyncGenerator<string> {
  yield '[';
  for (let from = 0; from < list.length; from += SLICE) {
    const slice = JSON.stringify(list.slice(from, from + SLICE)).slice(1, -1);
    yield from === 0 ? slice : `,${slice}`;
    await nextTurn();
  }
  yield ']';
}
