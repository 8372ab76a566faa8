/** Reads lists of regions: our own compact file, our own JSON, or the SQL dump of cahyadsn/wilayah. Only facts are read. */
import { createHash } from 'node:crypto';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { z } from 'zod';
import { ProvisionError } from '../contracts';
import {
  checkPairs,
  createRegionList,
  datasetFault,
  type RegionDataset,
  type RegionList,
  type RegionPair,
} from './region-list';

/** No list of regions is larger; more is not read. */
export const REGION_FILE_MAX = 64 * 1024 ** 2;

const Dataset = z.object({
  id: z.string().min(1).max(60),
  regulation: z.string().min(1).max(200),
  date: z.iso.date(),
  source: z.string().min(1).max(300),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
/** `{"regulation","date","source","regions":{"33.05":"Kabupaten Kebumen",…}}`: for updates by hand. */
const JsonFile = z.object({
  regulation: z.string().min(1).max(200),
  date: z.iso.date(),
  source: z.string().min(1).max(300),
  regions: z.record(z.string(), z.string()),
});

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** First line: the dataset as JSON; then `digits<TAB>nama`, sorted. Compressed with brotli. */
export function writeCompact(list: { readonly dataset: RegionDataset; readonly pairs: readonly RegionPair[] }): Buffer {
  const lines = [JSON.stringify(list.dataset), ...list.pairs.map(([digits, nama]) => `${digits}\t${nama}`)];
  return brotliCompressSync(lines.join('\n'), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
}

function decodeCompact(content: Buffer): { readonly dataset: RegionDataset; readonly pairs: readonly RegionPair[] } {
  const [first = '', ...lines] = brotliDecompressSync(content, { maxOutputLength: REGION_FILE_MAX })
    .toString('utf8')
    .split('\n');
  const pairs = lines.map((line): RegionPair => {
    const tab = line.indexOf('\t');
    return [line.slice(0, tab), line.slice(tab + 1)];
  });
  return { dataset: Dataset.parse(JSON.parse(first)), pairs };
}

/** The bundled file was checked when it was written; it is not checked again at every start. */
export function readCompact(content: Buffer): RegionList {
  const { dataset, pairs } = decodeCompact(content);
  return createRegionList(dataset, pairs);
}

const SQL_ROW = /\(\s*'(\d\d(?:\.\d\d(?:\.\d\d(?:\.\d{4})?)?)?)'\s*,\s*'((?:[^'\\\n]|''|\\.)*)'/g;

/** Rows `('33.05','Kabupaten Kebumen')` of the dump, with the regulation and date named in its head. */
export function readSql(content: Buffer): { readonly dataset: RegionDataset; readonly pairs: readonly RegionPair[] } {
  const text = content.toString('utf8');
  const head = text.slice(0, 4000);
  const pairs = [...text.matchAll(SQL_ROW)].map((row): RegionPair => {
    const nama = (row[2] ?? '').replaceAll("''", "'").replace(/\\(.)/g, '$1');
    return [row[1] ?? '', nama];
  });
  if (pairs.length === 0) throw datasetFault({ problem: 'no_rows' });
  const regulation = /(Kepmendagri|Permendagri)\s+No\.?\s+([\w.-]+)\s+Tahun\s+(\d{4})/i.exec(head);
  const date = /last edit\s*:\s*(\d{4}-\d{2}-\d{2})/i.exec(head) ?? /create\s*:\s*(\d{4}-\d{2}-\d{2})/i.exec(head);
  const dataset: RegionDataset = {
    id: date?.[1] ?? sha256(content).slice(0, 12),
    regulation: regulation === null ? 'tidak disebut' : `${regulation[1]} ${regulation[2]}/${regulation[3]}`,
    date: date?.[1] ?? '1970-01-01',
    source: 'cahyadsn/wilayah db/wilayah.sql',
    sha256: sha256(content),
  };
  return { dataset, pairs: checkPairs(pairs) };
}

function readJson(content: Buffer): RegionList {
  const { regions, ...facts } = JsonFile.parse(JSON.parse(content.toString('utf8').replace(/^\uFEFF/, '')));
  const pairs = checkPairs(Object.entries(regions));
  return createRegionList({ ...facts, id: facts.date, sha256: sha256(content) }, pairs);
}

/** Decides by content; ProvisionError('invalid', dataset_invalid) with `problem` and, when known, `kode`. */
export function parseRegionFile(content: Buffer): RegionList {
  const start = content.subarray(0, 200_000).toString('utf8').trimStart();
  if (start.startsWith('{') || start.startsWith('\uFEFF{')) {
    try {
      return readJson(content);
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof z.ZodError) throw datasetFault({ problem: 'format' }, error);
      throw error;
    }
  }
  if (/\bINSERT\s+INTO\b/i.test(start)) {
    const { dataset, pairs } = readSql(content);
    return createRegionList(dataset, pairs);
  }
  try {
    const { dataset, pairs } = decodeCompact(content);
    return createRegionList(dataset, checkPairs(pairs));
  } catch (error) {
    throw error instanceof ProvisionError ? error : datasetFault({ problem: 'format' }, error);
  }
}
