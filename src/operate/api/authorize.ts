import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { kindOf } from '../../errors.js';
import type { FaultLog } from '../../log.js';
import type { OptionReader } from '../../option-reader.js';
import { Refused } from './problem.js';

/**
 * A function of the site that decides. Declared as a method, because TypeScript checks the parameters of methods
 * loosely: so a function of Express's request fits.
 */
interface OwnDecision {
  decide(request: IncomingMessage): boolean | Promise<boolean>;
}

/** Who may use the API: clients that send a token, or requests for which the site's own function returns `true`. */
export type Authorize = { readonly token: string | readonly string[] } | OwnDecision['decide'];

/** Lets a request pass, or rejects with {@link Refused}. */
export type Authorizer = (request: IncomingMessage) => Promise<void>;

/** Shorter tokens can be guessed, or are words. */
export const MIN_TOKEN_LENGTH = 32;
/** The characters that can be sent without encoding (RFC 6750 §2.1). */
const TOKEN = /^[\w.~+/-]+=*$/;

const A_TOKEN = `${MIN_TOKEN_LENGTH} or more letters, digits or -._~+/=, as \`openssl rand -hex 32\` prints`;
const EXPECTED = `{ token } with ${A_TOKEN}; or a function of the request that returns true for those who may`;

/** Whether a text can be a token. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && value.length >= MIN_TOKEN_LENGTH && TOKEN.test(value);
}

/** Where a request has its token, and which challenge answers a request without a valid one. */
export interface TokenScheme {
  readonly tokenIn: (authorization: string) => string | undefined;
  readonly challenge: (isWrong: boolean) => string;
}

const bearer: TokenScheme = {
  tokenIn: (authorization) => /^Bearer +([^\s]+) *$/i.exec(authorization)?.[1],
  challenge: (isWrong) => `Bearer realm="staticgenerator"${isWrong ? ', error="invalid_token"' : ''}`,
};

/**
 * A scheme for browsers, which ask for a name and a password: the password is the token, and the name can be anything.
 * Programs can still send a bearer token.
 */
export const basicOrBearer: TokenScheme = {
  tokenIn: (authorization) => {
    const [, sent] = /^Basic +([\w+/]+=*) *$/i.exec(authorization) ?? [];
    if (sent === undefined) return bearer.tokenIn(authorization);
    const pair = Buffer.from(sent, 'base64').toString();
    return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined;
  },
  challenge: () => 'Basic realm="staticgenerator", charset="UTF-8"',
};

/** Reads the option `authorize`. A value that is refused is not shown, because it may be a token. */
export function readAuthorize(
  read: OptionReader,
  faults: FaultLog,
  scheme: TokenScheme = bearer,
): Authorizer {
  const given = read.raw('authorize');
  if (typeof given === 'function') return byDecision(given as OwnDecision['decide'], faults);
  const tokens = tokensOf(given);
  if (tokens === undefined) read.refuseUnseen('authorize', EXPECTED, given);
  else if (tokens.length === 0 || !tokens.every(isToken))
    read.refuseUnseen(
      'authorize.token',
      A_TOKEN,
      tokens.find((one) => !isToken(one)),
    );
  return byToken((tokens ?? []).filter(isToken), scheme);
}

function tokensOf(given: unknown): readonly unknown[] | undefined {
  if (typeof given !== 'object' || given === null || !('token' in given)) return undefined;
  return Array.isArray(given.token) ? given.token : [given.token];
}

/** Compares hashes, so that the time reveals neither the length of a token nor how much of it was right. */
function byToken(tokens: readonly string[], { tokenIn, challenge }: TokenScheme): Authorizer {
  const known = tokens.map(hash);
  return async ({ headers }) => {
    const sent = tokenIn(headers.authorization ?? '');
    const given = hash(sent ?? '');
    // Compares all of them, so that the time does not reveal which one matched.
    const matches = known.filter((one) => timingSafeEqual(one, given));
    if (sent !== undefined && matches.length > 0) return;
    const detail = sent === undefined ? 'The request has no token.' : 'The token is not valid.';
    throw new Refused('ERR_API_UNAUTHORIZED', detail, {
      headers: { 'www-authenticate': challenge(sent !== undefined) },
    });
  };
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Lets a request pass only if the function returns `true`: not for an object, and not after an error. */
function byDecision(decide: OwnDecision['decide'], faults: FaultLog): Authorizer {
  return async (request) => {
    let decision: unknown;
    try {
      decision = await decide(request);
    } catch (error) {
      faults.report('authorizing', error, {}, '`authorize` of the API failed; the request was refused');
    }
    if (decision === true) return;
    if (decision !== false && decision !== undefined) {
      const error = new TypeError(`Expected true or false, got ${kindOf(decision)}`);
      const message = '`authorize` of the API returned neither true nor false; the request was refused';
      faults.report('authorizing', error, {}, message);
    }
    throw new Refused('ERR_API_FORBIDDEN', 'This request may not use the API.');
  };
}
