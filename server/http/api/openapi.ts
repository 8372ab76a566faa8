import { z } from 'zod';
import { OPERATIONS } from '../../services/operations';
import type { Operation } from '../../services/operations/operation';
import { problemSchema } from './problems';

type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
/** Answers grow: what reads them must not refuse a field it does not know yet. */
const open = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(open);
  if (!isJson(value)) return value;
  // That our code does not change a value is nothing a reader needs to know.
  const ours = ([name, one]: readonly [string, unknown]): boolean =>
    (name === 'additionalProperties' && one === false) || (name === 'readOnly' && one === true);
  const kept = Object.entries(value).filter((one) => !ours(one));
  return Object.fromEntries(kept.map(([name, one]) => [name, open(one)]));
};
const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const made = Object.entries(z.toJSONSchema(schema, { io, target: 'draft-2020-12' }));
  return Object.fromEntries(made.filter(([name]) => name !== '$schema'));
};
/** What an answer looks like, for readers. */
export const answerSchema = (schema: z.ZodType): Json => {
  const made = open(schemaOf(schema, 'output'));
  return isJson(made) ? made : {};
};
/** What may be sent. */
export const requestSchema = (schema: z.ZodType): Json => schemaOf(schema, 'input');

const parametersOf = (place: 'path' | 'query', shape: z.ZodObject): readonly Json[] => {
  const { properties = {}, required = [] } = schemaOf(shape, 'input') as {
    readonly properties?: Json;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema,
  }));
};
const IDEMPOTENCY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Repeated with the same key within 24 hours, the request acts once and gives its first answer.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
} as const;

const content = (schema: unknown): Json => ({ 'application/json': { schema } });
const goodAnswer = (one: Operation): Json => ({
  description: one.summary,
  ...(one.kind === 'list'
    ? {
        headers: {
          Link: { description: 'The next page, rel="next"; absent on the last one', schema: { type: 'string' } },
        },
      }
    : {}),
  content: {
    ...content(answerSchema(one.answer)),
    ...(one.columns.length > 0
      ? { 'text/csv': { schema: { type: 'string', description: one.columns.join(',') } } }
      : {}),
  },
});
const PROBLEMS = {
  '401': 'Unauthorized',
  '403': 'Forbidden',
  '404': 'NotFound',
  '409': 'Conflict',
  '422': 'Invalid',
  '429': 'TooMany',
  '503': 'Unavailable',
} as const;
const DESCRIPTIONS: Readonly<Record<(typeof PROBLEMS)[keyof typeof PROBLEMS], string>> = {
  Unauthorized: 'No valid sign-in or token',
  Forbidden: 'The role does not allow it',
  NotFound: 'There is no such thing',
  Conflict: 'Not now, not like this',
  Invalid: 'Input that does not fit; field names where',
  TooMany: 'Too many calls; Retry-After says how long to wait',
  Unavailable: 'The database or another part does not answer',
};

const operationOf = (one: Operation): Json => {
  const changes = one.method !== 'get';
  const hasBody = Object.keys(one.body.shape).length > 0;
  return {
    operationId: one.name,
    summary: one.summary,
    tags: [one.name.split('.')[0]],
    security: one.by === 'session' ? [{ cookie: [], csrf: [] }] : [{ bearer: [] }, { cookie: [], csrf: [] }],
    parameters: [
      ...parametersOf('path', one.params),
      ...parametersOf('query', one.query),
      ...(changes ? [IDEMPOTENCY] : []),
    ],
    ...(hasBody ? { requestBody: { required: true, content: content(requestSchema(one.body)) } } : {}),
    responses: {
      [String(one.status ?? 200)]: goodAnswer(one),
      ...Object.fromEntries(
        Object.entries(PROBLEMS).map(([status, name]) => [status, { $ref: `#/components/responses/${name}` }]),
      ),
    },
    'x-siappakai-cli': one.cli,
    'x-siappakai-screens': one.screens,
  };
};

const components = (): Json => ({
  securitySchemes: {
    bearer: { type: 'http', scheme: 'bearer', description: 'A personal token, made on the Profile page' },
    cookie: { type: 'apiKey', in: 'cookie', name: 'sp_sid', description: 'The sign-in of a browser' },
    csrf: { type: 'apiKey', in: 'header', name: 'x-csrf-token', description: 'With the cookie, for changes' },
  },
  schemas: { Problem: answerSchema(problemSchema) },
  responses: Object.fromEntries(
    Object.entries(DESCRIPTIONS).map(([name, description]) => [
      name,
      { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
    ]),
  ),
});

/** The OpenAPI 3.1 document of every operation, made from the schemas that check input and answers. */
export const openApiDocument = (version: string): Json => {
  const paths: Record<string, Record<string, Json>> = {};
  for (const one of OPERATIONS) paths[one.path] = { ...paths[one.path], [one.method]: operationOf(one) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'SiapPakai',
      version,
      description: 'Installs, updates and watches the village apps of a kabupaten.',
      license: { name: 'GPL-3.0-or-later', identifier: 'GPL-3.0-or-later' },
    },
    servers: [{ url: '/api/v1' }],
    paths,
    components: components(),
  };
};

const made = new Map<string, string>();
/** The same as JSON text; made once. */
export const openApiText = (version: string): string => {
  const text = made.get(version) ?? JSON.stringify(openApiDocument(version));
  made.set(version, text);
  return text;
};
