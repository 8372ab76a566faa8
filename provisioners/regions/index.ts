/** The official regions of Indonesia: the list that comes with the product, and lists somebody brings as a file. */
import { readFile, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ProvisionError } from '../contracts';
import { parseRegionFile, readCompact, REGION_FILE_MAX } from './region-file';
import { datasetFault, type RegionList } from './region-list';

const BUNDLED = join('provisioners', 'regions', 'wilayah.br');

/** The compiler copies no data: from dist/ the file lies in the sources above. */
function bundledPath(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, BUNDLED);
    if (existsSync(path)) return path;
  }
  throw new ProvisionError('not_found', 'the bundled regions are missing', { reason: 'dataset_missing' });
}

/** The bundled list of the whole country, about 0.1 s. */
export async function loadRegions(): Promise<RegionList> {
  return readCompact(await readFile(bundledPath()));
}

/** A list from a file: SQL dump of cahyadsn/wilayah, our JSON, or our compact file; checked completely. */
export async function openRegionFile(path: string): Promise<RegionList> {
  const found = await stat(path).catch((error: unknown) => {
    throw new ProvisionError('not_found', 'no such file', { reason: 'dataset_missing' }, error);
  });
  if (!found.isFile() || found.size > REGION_FILE_MAX) throw datasetFault({ problem: 'format' });
  return parseRegionFile(await readFile(path));
}

export type { RegionDataset, RegionKind, RegionLevel, RegionList, RegionRow } from './region-list';
