/** Free space, asked before something is written, and told when it ran out all the same. */
import { statfs } from 'node:fs/promises';
import { ProvisionError } from '../contracts';

/** Left free beyond what is asked for, because others write too. */
const RESERVE = 64 * 1024 ** 2;

const freeBytes = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/**
 * ProvisionError('no_space') with how many bytes are needed, free and missing in `folder`. `needed` null = nobody knows;
 * `cause` = what ran out of space, when something did.
 */
export const noSpace = async (folder: string, needed: number | null, cause?: unknown): Promise<ProvisionError> => {
  const free = await freeBytes(folder).catch(() => 0);
  const wanted = (needed ?? 0) + RESERVE;
  const facts = {
    path: folder,
    needed: needed === null ? null : wanted,
    free,
    // What ran full and was cleared away may have room now; it was too little all the same.
    missing: wanted > free ? wanted - free : RESERVE,
  };
  return new ProvisionError('no_space', 'Not enough free space', facts, cause);
};

/** Throws `noSpace` unless `needed` bytes and a reserve are free in `folder`. */
export const requireRoom = async (folder: string, needed: number): Promise<void> => {
  if ((await freeBytes(folder)) < needed + RESERVE) throw await noSpace(folder, needed);
};

/** The same error, with how much is missing when it is a full disk and does not say so yet. */
export const toldRoom = async (error: unknown, folder: string, needed: number | null): Promise<unknown> => {
  if (!(error instanceof ProvisionError) || error.code !== 'no_space' || 'missing' in error.details) return error;
  return noSpace(folder, needed, error);
};
