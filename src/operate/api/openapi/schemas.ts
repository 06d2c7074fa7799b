import { MAX_CONCURRENCY, MAX_NAMED, MAX_RENDER_MS, MAX_TARGET_LENGTH } from '../fields.js';

/** A JSON schema (2020-12), as OpenAPI 3.1 uses it. */
export type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const count: Schema = { type: 'integer', minimum: 0 };
const time: Schema = { type: 'string', format: 'date-time' };
const milliseconds: Schema = { type: 'integer', description: 'Milliseconds since 1970.' };

/** Returns a reference to a schema in the components. */
export function ref(name: keyof typeof schemas): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

/** Returns the schema of an object: all properties are required except the optional ones, and no others are allowed. */
function object(
  properties: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  const required = Object.keys(properties);
  return {
    type: 'object',
    properties: { ...properties, ...optional },
    required,
    additionalProperties: false,
  };
}

const texts = (description: string): Schema => ({
  ...{ description, type: 'array', maxItems: MAX_NAMED },
  items: { type: 'string', minLength: 1, maxLength: MAX_TARGET_LENGTH },
});
const targets = texts('Paths, globs and URLs.');
const tags = texts('Pages with any of these tags.');

/** The values of a variant, by the name of their dimension. */
const variant: Schema = { type: 'object', additionalProperties: text };
const refusal = { path: text, reason: text };
const withDetail = { detail: text };
const outcome = object({ outcome: text, explanation: text });

const figures = {
  pages: count,
  bytes: count,
  servedByNode: count,
  counters: { type: 'object', additionalProperties: { type: 'number' } },
  invalidations: listOf(
    object(
      {
        sequence: count,
        kind: { enum: ['path', 'glob', 'tag', 'all'] },
        applied: { type: 'boolean' },
        at: time,
      },
      { value: text, host: text },
    ),
  ),
} as const;

const visitCounts = {
  ...{ nginx: count, node: count, misses: count, bytes: count },
  hitRatio: orNull({ type: 'number', minimum: 0, maximum: 1 }),
} as const;
const visits = object({
  ...visitCounts,
  rules: listOf(object({ rule: text, ...visitCounts })),
  pages: listOf(object({ host: text, path: text, hits: count })),
});

const room = object({
  ...{ pages: count, bytes: count },
  evicted: listOf(
    object({
      ...{ host: text, path: text, hits: count, bytes: count, at: time },
      cause: { enum: ['max-pages', 'max-bytes', 'min-free-bytes'] },
    }),
  ),
});

const ownHost = object({
  ...{ id: text, epoch: orNull(text), received: count, applied: count, outbox: count },
  ...{ outboxSince: orNull(time), servesUntil: orNull(time) },
});

const modelReads = object({
  ...{ model: text, rows: listOf(text), isSelection: { type: 'boolean' }, awaitsRow: { type: 'boolean' } },
  lists: listOf(object({ column: text, value: text, isWhole: { type: 'boolean' } })),
});

/** A stored page as `why` shows it: times are numbers. */
const knownPage = object(
  {
    path: text,
    host: text,
    file: text,
    bytes: count,
    hash: text,
    storedAt: milliseconds,
    servedBy: text,
    tags: listOf(text),
  },
  { expiresAt: milliseconds, audience: { type: 'object' } },
);

export const schemas = {
  Named: {
    description: 'Either `all`, or `targets` and `tags`.',
    type: 'object',
    properties: { targets, tags, all: { type: 'boolean', default: false } },
    additionalProperties: false,
    minProperties: 1,
  },
  Publication: {
    type: 'object',
    properties: {
      ...{ targets, tags },
      host: { description: 'The Host of requests for targets that name none.', type: 'string', minLength: 1 },
      concurrency: {
        description: 'Pages rendered at a time.',
        type: 'integer',
        minimum: 1,
        maximum: MAX_CONCURRENCY,
        default: 4,
      },
      timeoutMs: {
        description: 'How long one render may take.',
        type: 'integer',
        minimum: 1,
        maximum: MAX_RENDER_MS,
        default: 30_000,
      },
    },
    additionalProperties: false,
    minProperties: 1,
  },
  Deletion: object({
    counts: object({ deleted: count, regenerated: count, kept: count, notPages: count }),
    ...{ deleted: listOf(text), regenerated: listOf(text) },
    kept: listOf(object(refusal, withDetail)),
    notPages: listOf(text),
  }),
  PublicationReport: object({
    counts: object({ stored: count, refused: count, notPages: count }),
    stored: listOf(object({ path: text, file: text, bytes: count })),
    refused: listOf(object(refusal, withDetail)),
    notPages: listOf(text),
  }),
  Page: object(
    {
      ...{ path: text, host: text, file: text, bytes: count, hash: text, storedAt: time },
      ...{ expiresAt: orNull(time), servedBy: { enum: ['nginx', 'node'] }, tags: listOf(text) },
    },
    { variant },
  ),
  Pages: object({ next: orNull(text), pages: listOf({ $ref: '#/components/schemas/Page' }) }),
  Explanation: object(
    {
      ...{ target: text, canonical: orNull(text), rule: orNull(text), excludedBy: orNull(text) },
      ...{ files: listOf(text), request: outcome, capture: orNull(outcome), stored: orNull(knownPage) },
      ...{ read: orNull(listOf(modelReads)), ownTags: listOf(text) },
      lastRefusal: orNull(
        object({ host: text, path: text, reason: text, at: milliseconds, explanation: text }, withDetail),
      ),
    },
    { term: object({ servesUntil: orNull(time) }), variant },
  ),
  Figures: object(figures, {
    host: orNull(ownHost),
    cdn: object({ waiting: count, again: count, oldest: orNull(time) }),
    visits,
    room,
  }),
  Problem: object(
    {
      ...{
        type: { const: 'about:blank' },
        title: text,
        status: { type: 'integer', minimum: 400, maximum: 599 },
      },
      ...{ detail: text, code: { type: 'string', pattern: '^ERR_[A-Z_]+$' }, remedy: text },
    },
    { fields: { type: 'object' } },
  ),
} as const;
