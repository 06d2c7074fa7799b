import { STATUS_CODES } from 'node:http';
import { type ErrorCode, type ErrorFields, StaticGeneratorError } from '../../errors.js';

/** What a code means over HTTP. */
interface Meaning {
  readonly status: number;
  /** What the caller can do. */
  readonly remedy: string;
}

/** The errors of the API itself, by code. */
export const apiProblems = Object.freeze({
  ERR_API_BAD_REQUEST: { status: 400, remedy: 'Send what `openapi.json` of this API describes.' },
  ERR_API_UNAUTHORIZED: {
    status: 401,
    remedy: 'Send the header `Authorization: Bearer <token>`, with a token that the API was given.',
  },
  ERR_API_FORBIDDEN: { status: 403, remedy: 'Have `authorize` return true for this request.' },
  ERR_API_NOT_FOUND: { status: 404, remedy: 'See `openapi.json` of this API for its paths.' },
  ERR_API_METHOD: { status: 405, remedy: 'Use a method that the header `Allow` lists.' },
  ERR_API_BODY_SLOW: { status: 408, remedy: 'Send the whole body within 10 seconds.' },
  ERR_API_BODY_TOO_LARGE: { status: 413, remedy: 'Name fewer targets, a glob, or a tag.' },
  ERR_API_MEDIA_TYPE: {
    status: 415,
    remedy: 'Send JSON without a content coding, with the header `Content-Type: application/json`.',
  },
  ERR_API_BODY_TAKEN: {
    status: 500,
    remedy: 'Mount the API before middleware that reads bodies, or use `express.json()` there.',
  },
  ERR_API_UNEXPECTED: { status: 500, remedy: 'See the log of the app.' },
} satisfies Record<string, Meaning>);

export type ApiCode = keyof typeof apiProblems;

const ASK_AGAIN = 'Send the request again in a moment.';
const TOLD_LATER =
  'Nothing: the pages are deleted on this host, and the other hosts get the deletion as soon as they can be reached.';

/** What the errors of the package mean over HTTP. A code that is not listed is a fault of the server. */
const packageProblems: Partial<Record<ErrorCode, Meaning>> = {
  ERR_BAD_TARGET: { status: 400, remedy: 'Name a path that begins with `/`, a glob, or a URL of this site.' },
  ERR_BAD_TAG: { status: 400, remedy: 'Name a tag of 1 to 512 characters without control characters.' },
  ERR_NOT_ATTACHED: {
    status: 501,
    remedy: 'Call `pages.attach(app)`, or name `app` in the configuration of `serve-api`.',
  },
  ERR_CLOSED: { status: 503, remedy: 'Send the request again after the app has been restarted.' },
  ERR_LEDGER_BUSY: { status: 503, remedy: ASK_AGAIN },
  ERR_LEDGER_REPLACED: { status: 503, remedy: ASK_AGAIN },
  ERR_CLUSTER_UNREACHABLE: { status: 502, remedy: TOLD_LATER },
  ERR_CDN_UNREACHABLE: { status: 502, remedy: TOLD_LATER },
};

const ofServer: Meaning = {
  status: 500,
  remedy: 'See `docs/reference/errors.md` for this code, and the log.',
};

/** Problem details (RFC 9457), with a stable code for programs, and what to do. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ApiCode | ErrorCode;
  readonly remedy: string;
  /** What the error is about, as data. */
  readonly fields?: ErrorFields;
}

/** The error of a request that the API refuses. */
export class Refused extends Error {
  readonly code: ApiCode;
  readonly fields: ErrorFields | undefined;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ApiCode,
    detail: string,
    { fields, headers = {} }: { fields?: ErrorFields; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.code = code;
    this.fields = fields;
    this.headers = headers;
  }
}

/**
 * Returns the problem for an error. An unexpected error gets a fixed text, because its message may contain anything.
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refused)
    return describe(error.code, error.message, apiProblems[error.code], error.fields);
  if (error instanceof StaticGeneratorError) {
    const fields = Object.keys(error.fields).length === 0 ? undefined : error.fields;
    return describe(error.code, error.message, packageProblems[error.code] ?? ofServer, fields);
  }
  const detail = 'An unexpected error occurred; the log has the details.';
  return describe('ERR_API_UNEXPECTED', detail, apiProblems.ERR_API_UNEXPECTED);
}

function describe(
  code: Problem['code'],
  detail: string,
  { status, remedy }: Meaning,
  fields?: ErrorFields,
): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, detail, code, remedy, ...(fields && { fields }) };
}
