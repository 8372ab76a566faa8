/** Mapping between rows and domain values; rows never leave the stores. */
export type Row = Readonly<Record<string, unknown>>;

export const text = (row: Row, key: string): string => {
  const value = row[key];
  if (typeof value !== 'string') throw new TypeError(`column ${key} is not text`);
  return value;
};
export const textOrNull = (row: Row, key: string): string | null => {
  const value = row[key];
  return typeof value === 'string' ? value : null;
};
export const number = (row: Row, key: string): number => {
  const value = Number(row[key]);
  if (!Number.isFinite(value)) throw new TypeError(`column ${key} is not a number`);
  return value;
};
export const numberOrNull = (row: Row, key: string): number | null => {
  const value = row[key];
  return value === null || value === undefined ? null : Number(value);
};
export const dateOrNull = (row: Row, key: string): Date | null => {
  const value = row[key];
  return value instanceof Date ? value : null;
};
export const date = (row: Row, key: string): Date => {
  const value = row[key];
  if (!(value instanceof Date)) throw new TypeError(`column ${key} is not a time`);
  return value;
};
/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- the caller names what its own writer put in */
/** JSON columns are written only by us; the type is the writer's promise. */
export const json = <T>(row: Row, key: string): T => JSON.parse(text(row, key)) as T;
export const jsonOrNull = <T>(row: Row, key: string): T | null => {
  const value = row[key];
  return typeof value === 'string' ? (JSON.parse(value) as T) : null;
};
/** A value of a known set of words. */
export const word = <T extends string>(row: Row, key: string): T => text(row, key) as T;
/* eslint-enable @typescript-eslint/no-unnecessary-type-parameters */
export const toJson = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);
export const reasonOf = (
  row: Row,
): { code: string; params: Record<string, string | number | boolean | null> } | null => {
  const code = textOrNull(row, 'reason_code');
  return code === null ? null : { code, params: jsonOrNull(row, 'reason') ?? {} };
};
