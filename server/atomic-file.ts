import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { errnoOf } from './domain/errors';

export interface FileRights {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Rights of a file that only this process's user reads. */
export const ownRights = (mode: number): FileRights => ({
  mode,
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
});

const writeBeside = (file: string, text: string, rights: FileRights): string => {
  const beside = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(beside, text, { mode: rights.mode, flag: 'wx' });
  chmodSync(beside, rights.mode);
  chownSync(beside, rights.uid, rights.gid);
  return beside;
};

/** Readers see the old or the new content, never half of it. */
export const replaceFile = (file: string, text: string, rights: FileRights): void => {
  renameSync(writeBeside(file, text, rights), file);
};

/** Of several at once exactly one creates it; false = it was there. */
export const createFile = (file: string, text: string, rights: FileRights): boolean => {
  const beside = writeBeside(file, text, rights);
  try {
    linkSync(beside, file);
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    return false;
  } finally {
    unlinkSync(beside);
  }
};

/** null when there is no such file. */
export const readIfThere = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw error;
  }
};
