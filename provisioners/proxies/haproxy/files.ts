import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ProvisionError } from '../../contracts';
import { errnoOf } from '../../lib/errno';

const sync = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Writes beside, flushes, renames: after a power cut the file is the old or the new one, whole. Mode 0600. */
export const writeAtomically = async (path: string, content: string): Promise<void> => {
  const next = `${path}.${process.pid}.next`;
  try {
    const handle = await open(next, 'w', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, path);
    await sync(dirname(path));
  } catch (error) {
    const errno = errnoOf(error);
    throw new ProvisionError(
      errno === 'ENOSPC' || errno === 'EDQUOT' ? 'no_space' : 'failed',
      'Could not write a file of the proxy',
      { path, errno },
      error,
    );
  }
};

/** null when it is not there. */
export const readIfThere = async (path: string): Promise<string | null> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw new ProvisionError('failed', 'Could not read a file of the proxy', { path, errno: errnoOf(error) }, error);
  }
};
