import { MAX_LIMIT } from '../fields.js';
import { apiProblems } from '../problem.js';
import { listOf, ref, type Schema, schemas } from './schemas.js';

interface Operation {
  readonly summary: string;
  readonly parameters?: readonly Schema[];
  readonly body?: Schema;
  readonly response: Schema;
}

/** The operations by path and method. */
const operations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/delete': {
    post: { summary: 'Delete stored pages', body: ref('Named'), response: ref('Deletion') },
  },
  '/regenerate': {
    post: {
      summary: 'Render stored pages again, and serve the old ones meanwhile',
      body: ref('Named'),
      response: ref('Deletion'),
    },
  },
  '/publish': {
    post: {
      summary: 'Render pages now and store them',
      body: ref('Publication'),
      response: ref('PublicationReport'),
    },
  },
  '/pages': {
    get: {
      summary: 'List stored pages by path',
      parameters: [
        parameter('limit', 'Pages in one response.', {
          type: 'integer',
          minimum: 1,
          maximum: MAX_LIMIT,
          default: 100,
        }),
        parameter('cursor', 'The `next` of the previous response.', { type: 'string' }),
        parameter('match', 'Only pages of this path or glob.', { type: 'string' }),
        parameter('tag', 'Only pages with one of these tags.', listOf({ type: 'string' })),
        parameter('host', 'Only pages of this host.', { type: 'string' }),
      ],
      response: ref('Pages'),
    },
  },
  '/why': {
    get: {
      summary: 'Explain why a URL is a page or not',
      parameters: [
        {
          ...parameter('url', 'A path with its query string, or a full URL.', { type: 'string' }),
          required: true,
        },
        parameter(
          'header',
          'Assume that the request has this header, `Name: value`.',
          listOf({ type: 'string' }),
        ),
      ],
      response: ref('Explanation'),
    },
  },
  '/stats': { get: { summary: 'Give figures', response: ref('Figures') } },
  '/openapi.json': { get: { summary: 'Return this document', response: { type: 'object' } } },
};

/** Returns the description of the API, as OpenAPI 3.1. Its server is the URL from which the document was loaded. */
export function openApiDocument(): object {
  const paths = Object.entries(operations).map(([path, methods]) => [
    path,
    Object.fromEntries(Object.entries(methods).map(([method, one]) => [method, described(path, one)])),
  ]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'staticgenerator',
      description:
        'Deletes, renders, lists and explains the stored pages of a site. PURGE of a URL, which OpenAPI cannot describe, deletes its page.',
      version: '1',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '.' }],
    security: [{ token: [] }],
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Unless the site authorizes requests with a function of its own.',
        },
      },
      responses: Object.fromEntries(Object.entries(statuses).map(problemResponse)),
      schemas,
    },
  };
}

function parameter(name: string, description: string, schema: Schema): Schema {
  return { name, in: 'query', description, schema };
}

function described(path: string, { summary, parameters, body, response }: Operation): object {
  const codes = Object.keys(statuses).filter((status) => body !== undefined || !ofBodies.includes(status));
  return {
    operationId: path.replace(/\W/g, ' ').trim().split(' ')[0],
    summary,
    ...(parameters && { parameters }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      200: { description: 'Done.', content: { 'application/json': { schema: response } } },
      ...Object.fromEntries(codes.map((status) => [status, { $ref: `#/components/responses/${status}` }])),
    },
  };
}

const ofBodies = ['408', '413', '415', '501', '502'];

/** The codes of each error status. */
const statuses: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.values(apiProblems).map(({ status }) => [status, codesOf(status).join(', ')] as const),
  ),
  501: 'ERR_NOT_ATTACHED',
  502: 'ERR_CLUSTER_UNREACHABLE, ERR_CDN_UNREACHABLE',
  503: 'ERR_CLOSED, ERR_LEDGER_BUSY, ERR_LEDGER_REPLACED',
};

function codesOf(wanted: number): readonly string[] {
  return Object.entries(apiProblems).flatMap(([code, { status }]) => (status === wanted ? [code] : []));
}

function problemResponse([status, description]: readonly [string, string]): readonly [string, object] {
  return [status, { description, content: { 'application/problem+json': { schema: ref('Problem') } } }];
}
