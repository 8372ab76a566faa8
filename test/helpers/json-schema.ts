type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
};

/** Words that say nothing about validity. */
const SAID = new Set(['format', 'default', 'description', '$ref', 'type']);
type Check = (argument: unknown, value: unknown, at: string, root: Json, schema: Json) => readonly string[];
const unless = (fine: boolean, complaint: string): readonly string[] => (fine ? [] : [complaint]);
const length = (value: unknown): number => (typeof value === 'string' || Array.isArray(value) ? value.length : 0);

const CHECKS: Readonly<Record<string, Check>> = {
  enum: (words, value, at) => unless((words as unknown[]).includes(value), `${at}: not one of the words`),
  const: (word, value, at) => unless(word === value, `${at}: not ${String(word)}`),
  pattern: (text, value, at) =>
    unless(
      typeof value !== 'string' || new RegExp(String(text), 'u').test(value),
      `${at}: does not match ${String(text)}`,
    ),
  minimum: (least, value, at) => unless(typeof value !== 'number' || value >= Number(least), `${at}: too small`),
  maximum: (most, value, at) => unless(typeof value !== 'number' || value <= Number(most), `${at}: too big`),
  minLength: (least, value, at) => unless(typeof value !== 'string' || length(value) >= Number(least), `${at}: short`),
  maxLength: (most, value, at) => unless(typeof value !== 'string' || length(value) <= Number(most), `${at}: long`),
  minItems: (least, value, at) => unless(!Array.isArray(value) || length(value) >= Number(least), `${at}: few`),
  maxItems: (most, value, at) => unless(!Array.isArray(value) || length(value) <= Number(most), `${at}: many`),
  required: (names, value, at) =>
    isObject(value)
      ? (names as string[]).filter((name) => !Object.hasOwn(value, name)).map((name) => `${at}.${name}: missing`)
      : [],
  items: (schema, value, at, root) =>
    Array.isArray(value) ? value.flatMap((one, index) => complaints(schema, one, root, `${at}[${index}]`)) : [],
  anyOf: (schemas, value, at, root) =>
    unless(
      (schemas as unknown[]).some((one) => complaints(one, value, root, at).length === 0),
      `${at}: fits none`,
    ),
  propertyNames: (schema, value, at, root) =>
    isObject(value) ? Object.keys(value).flatMap((name) => complaints(schema, name, root, `${at} name ${name}`)) : [],
  properties: (schemas, value, at, root) =>
    isObject(value)
      ? Object.entries(schemas as Json).flatMap(([name, schema]) =>
          Object.hasOwn(value, name) ? complaints(schema, value[name], root, `${at}.${name}`) : [],
        )
      : [],
  additionalProperties: (schema, value, at, root, whole) =>
    isObject(value)
      ? Object.entries(value)
          .filter(([name]) => !Object.hasOwn((whole['properties'] ?? {}) as Json, name))
          .flatMap(([name, one]) =>
            schema === false ? [`${at}.${name}: unknown`] : complaints(schema, one, root, `${at}.${name}`),
          )
      : [],
};

const follow = (schema: Json, root: Json): Json => {
  const reference = schema['$ref'];
  if (typeof reference !== 'string') return schema;
  const found = reference
    .slice(2)
    .split('/')
    .reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), root);
  if (!isObject(found)) throw new Error(`nothing at ${reference}`);
  return follow(found, root);
};

/**
 * What a value has against a schema of our document. Objects may hold nothing the schema does not name, though readers must
 * allow it. Throws at a keyword it does not know: nothing passes because it was not understood.
 */
export const complaints = (given: unknown, value: unknown, root: Json, at = '$'): readonly string[] => {
  if (!isObject(given)) throw new Error(`no schema at ${at}`);
  const schema = follow(given, root);
  const types = [schema['type'] ?? []].flat() as string[];
  const type = typeOf(value);
  if (types.length > 0 && !types.includes(type) && !(type === 'integer' && types.includes('number')))
    return [`${at}: ${type}, not ${types.join('|')}`];
  const closed =
    schema['properties'] !== undefined && schema['additionalProperties'] === undefined
      ? { ...schema, additionalProperties: false }
      : schema;
  return Object.entries(closed).flatMap(([word, argument]) => {
    if (SAID.has(word)) return [];
    const check = CHECKS[word];
    if (check === undefined) throw new Error(`keyword ${word} at ${at} is not checked`);
    return check(argument, value, at, root, closed);
  });
};
