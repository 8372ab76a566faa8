/** Developer script: `tsx provisioners/regions/convert.ts wilayah.sql` writes wilayah.br beside itself. See SOURCE.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSql, writeCompact } from './region-file';

const [, , source] = process.argv;
if (source === undefined) throw new Error('usage: convert.ts wilayah.sql');
const list = readSql(readFileSync(source));
const compact = writeCompact(list);
writeFileSync(join(__dirname, 'wilayah.br'), compact);
process.stdout.write(`${JSON.stringify({ ...list.dataset, rows: list.pairs.length, bytes: compact.length })}\n`);
