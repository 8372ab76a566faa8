import { ProvisionError } from '../../contracts';
import type { Row } from './connection';

/** The column as text ('' when NULL); binary results of the server's own tables are text too. */
export const text = (row: Row | undefined, column: string): string => {
  const value = row?.[column];
  if (typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value === null || value === undefined) return '';
  throw new ProvisionError('failed', `Column ${column} is not text`);
};

/** The column as number; 0 when NULL. */
export const count = (row: Row | undefined, column: string): number => Number(text(row, column));
