import { ProvisionError } from '../contracts';

const SCHEMA = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const SYSTEM_SCHEMAS = new Set(['mysql', 'sys', 'information_schema', 'performance_schema']);
/** Users without one of these prefixes are not ours and are never touched. */
const USER = /^(?:desa|pbb|opensid|sp)_[A-Za-z0-9_]{1,60}$/;
const COLUMN = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

const refuse = (kind: string, value: string): ProvisionError =>
  new ProvisionError('invalid', `Not a ${kind} name: ${JSON.stringify(value)}`, { kind, value });

/** The same name when it may be a tenant schema; ProvisionError('invalid') otherwise. */
export const schemaName = (value: string): string => {
  if (!SCHEMA.test(value) || SYSTEM_SCHEMAS.has(value.toLowerCase())) throw refuse('schema', value);
  return value;
};

/** The same name when it carries one of our prefixes; ProvisionError('invalid') otherwise. */
export const userName = (value: string): string => {
  if (!USER.test(value)) throw refuse('user', value);
  return value;
};

/** The same name when it is a plain table or column name; ProvisionError('invalid') otherwise. */
export const columnName = (value: string): string => {
  if (!COLUMN.test(value)) throw refuse('column', value);
  return value;
};

/** Backtick-quotes any identifier the server itself told us. */
export const quoteIdentifier = (value: string): string => `\`${value.replaceAll('`', '``')}\``;

/** In a GRANT an underscore of a schema name is a wildcard unless escaped. */
export const grantPattern = (schema: string): string => schema.replaceAll('_', '\\_');
