import { OPERATIONS } from '../../services/operations';
import type { Operation } from '../../services/operations/operation';
import { operationSummaries } from '../../texts/id/operations';
import type { Locale } from '../../texts';
import { answerSchema, requestSchema } from '../api/openapi';
import type { ApiField, ApiGroup, ApiOperation, ApiReaderModel } from '../view-models/api-reader';

type Json = Readonly<Record<string, unknown>>;
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const child = (schema: Json, name: string): Json => (isJson(schema[name]) ? schema[name] : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const words = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const numberOf = (...values: readonly unknown[]): number | undefined =>
  values.find((one): one is number => typeof one === 'number');
const bounds = (schema: Json): string => {
  const least = numberOf(schema['minimum'], schema['minLength'], schema['minItems']);
  const most = numberOf(schema['maximum'], schema['maxLength'], schema['maxItems']);
  // The largest number JavaScript counts exactly is nobody's rule.
  const real = most === undefined || most >= Number.MAX_SAFE_INTEGER ? undefined : most;
  return least === undefined && real === undefined ? '' : ` ${least ?? 0}…${real ?? ''}`;
};

/** A schema as one short word. */
const kindOf = (schema: Json): string => {
  const choices = [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])].filter(isJson);
  if (choices.length > 0) return [...new Set(choices.map(kindOf))].join(' | ');
  if (schema['enum'] !== undefined) return listOf(schema['enum']).map(words).join(' | ');
  if (schema['const'] !== undefined) return words(schema['const']);
  if (schema['type'] === 'array') return `${kindOf(child(schema, 'items'))}[]${bounds(schema)}`;
  if (schema['format'] === 'date-time') return 'ISO 8601';
  const type = schema['type'];
  const name = Array.isArray(type) ? type.join(' | ') : typeof type === 'string' ? type : 'JSON';
  return `${name}${bounds(schema)}`;
};

/** The shape of an answer, one field a line. */
const outline = (schema: Json, indent = ''): string => {
  if (schema['type'] === 'array') return `[ ${outline(child(schema, 'items'), indent)} ]`;
  const objects = listOf(schema['anyOf']).filter(isJson);
  const [object] = objects.filter((one) => one['type'] === 'object' && isJson(one['properties']));
  if (object !== undefined) return `${outline(object, indent)}${objects.length > 1 ? ' | null' : ''}`;
  const fields = Object.entries(child(schema, 'properties'));
  if (fields.length === 0) return kindOf(schema);
  const inner = `${indent}  `;
  return `{\n${fields.map(([name, one]) => `${inner}${name}: ${isJson(one) ? outline(one, inner) : 'JSON'}`).join('\n')}\n${indent}}`;
};

const fieldsOf = (place: ApiField['place'], schema: Json): readonly ApiField[] =>
  Object.entries(child(schema, 'properties')).map(([name, one]) => ({
    name,
    place,
    kind: isJson(one) ? kindOf(one) : 'JSON',
    required: place === 'path' || listOf(schema['required']).includes(name) ? 'yes' : 'no',
  }));

const exampleOf = (one: Operation): string => {
  const method = one.method === 'get' ? '' : ` -X ${one.method.toUpperCase()}`;
  const body = Object.keys(one.body.shape).length > 0 ? ` --json '{…}'` : '';
  const key = one.method === 'get' ? '' : ` -H "Idempotency-Key: $(uuidgen)"`;
  return `curl${method} -H "Authorization: Bearer $TOKEN"${key}${body} https://…/api/v1${one.path}`;
};

const operationOf = (one: Operation, locale: Locale): ApiOperation => ({
  name: one.name,
  method: one.method.toUpperCase(),
  path: `/api/v1${one.path}`,
  summary: (locale === 'id' ? operationSummaries[one.name] : undefined) ?? one.summary,
  commands: one.cli,
  fields: [
    ...fieldsOf('path', requestSchema(one.params)),
    ...fieldsOf('query', requestSchema(one.query)),
    ...fieldsOf('body', requestSchema(one.body)),
  ],
  example: exampleOf(one),
  status: String(one.status ?? 200),
  answer: outline(answerSchema(one.answer)),
  by: one.by ?? 'anyone',
});

const GROUPS: readonly ApiGroup[] = [
  'desa',
  'rollout',
  'release',
  'token',
  'wilayah',
  'server',
  'database',
  'backup',
  'certificate',
  'settings',
  'audit',
  'message',
  'account',
];
const groupOf = (one: Operation): string => one.name.split('.')[0] ?? '';

/** Everything REST can do, for people; made from what REST itself is made from. */
export const apiReaderPage = (locale: Locale): ApiReaderModel => ({
  groups: GROUPS.map((group) => ({
    group,
    operations: OPERATIONS.filter((one) => groupOf(one) === group).map((one) => operationOf(one, locale)),
  })),
});
