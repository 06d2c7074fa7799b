import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApiDocument } from '../../../src/operate/api/openapi/document.js';
import type { ApiAnswer } from './site.js';

interface Described {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Described & { readonly $ref?: string }>>;
  readonly requestBody?: Described;
}

/** The document as a client reads it. */
export const openApi: {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object; readonly responses: Readonly<Record<string, Described>> };
} = JSON.parse(JSON.stringify(openApiDocument()));

const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true, allowUnionTypes: true });
addFormats.default(ajv);
ajv.addKeyword('components');
ajv.addSchema({ $id: 'openapi', components: openApi.components });

/** Returns how an answer differs from the document, or an empty string if it does not. */
export function wrongIn(method: string, path: string, answer: ApiAnswer): string {
  const operation = openApi.paths[path]?.[method.toLowerCase()];
  const response = operation?.responses[answer.status];
  if (response === undefined) return `${method} ${path} has no response ${answer.status}`;
  const [, name = ''] = /^#\/components\/responses\/(.+)$/.exec(response.$ref ?? '') ?? [];
  const described = name === '' ? response : openApi.components.responses[name];
  const schema = described?.content?.[String(answer.headers['content-type'])]?.schema;
  if (schema === undefined) return `${method} ${path} ${answer.status}: ${answer.headers['content-type']}`;
  return problemsOf(schema, answer.document);
}

/** Whether an operation accepts a body, according to the document. */
export function takes(path: string, body: unknown): boolean {
  const schema = openApi.paths[path]?.post?.requestBody?.content?.['application/json']?.schema;
  if (schema === undefined) throw new Error(`${path} takes no body`);
  return problemsOf(schema, body) === '';
}

function problemsOf(schema: object, value: unknown): string {
  const text = JSON.stringify(schema).replaceAll('"#/', '"openapi#/');
  const validate = ajv.compile(JSON.parse(text));
  return validate(value) ? '' : ajv.errorsText(validate.errors);
}
