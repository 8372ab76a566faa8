import type { Connections } from './connection';
import { ownerNameOf } from './grants';

const CREATES_CODE = /^(\s*CREATE\s+(?:OR\s+REPLACE\s+)?)((?:TRIGGER|VIEW|PROCEDURE|FUNCTION|EVENT|SQL\s+SECURITY)\b)/i;

/** Views and triggers made through us act for the schema's owner, as if the owner had made them; other statements stay as they are. */
export const withOwnerAsDefiner = async (connections: Connections, schema: string, sql: string): Promise<string> => {
  if (!CREATES_CODE.test(sql)) return sql;
  const owner = await ownerNameOf(connections, schema);
  return owner === null
    ? sql
    : sql.replace(CREATES_CODE, (_all, create: string, kind: string) => `${create}DEFINER = '${owner}'@'%' ${kind}`);
};
