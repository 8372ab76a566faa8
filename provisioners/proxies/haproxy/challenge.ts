import { join } from 'node:path';
import { isTransient, ProvisionError } from '../../contracts';
import { readIfThere, writeAtomically } from './files';
import { askWorker, FILE, type HaproxyOptions } from './options';

const KEY = 'account';
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** The configuration names the file: it must be there. */
export const ensureChallengeFile = async (folder: string): Promise<void> => {
  const path = join(folder, FILE.challenge);
  if ((await readIfThere(path)) === null) await writeAtomically(path, '');
};

const silent = (said: string): void => {
  if (said.trim() !== '')
    throw new ProvisionError('failed', 'The proxy refused a change', { said: said.trim().slice(0, 200) });
};

/**
 * The answer to a challenge is its token and the thumbprint of the account's key, so one word answers all of them and no
 * order has to tell the proxy anything. Written first: a restart in the middle of an order answers on.
 */
export const answerChallenges = async (options: HaproxyOptions, thumbprint: string | null): Promise<void> => {
  if (thumbprint !== null && !THUMBPRINT.test(thumbprint))
    throw new ProvisionError('invalid', 'Not a thumbprint', { thumbprint });
  const path = join(options.folder, FILE.challenge);
  const content = thumbprint === null ? '' : `${KEY} ${thumbprint}\n`;
  if ((await readIfThere(path)) !== content) await writeAtomically(path, content);
  const ask = askWorker(options);
  try {
    const loaded = new RegExp(`^\\S+ ${KEY} (\\S+)`, 'm').exec(await ask(`show map ${FILE.challenge}`))?.[1] ?? null;
    if (loaded === thumbprint) return;
    if (loaded !== null) silent(await ask(`del map ${FILE.challenge} ${KEY}`));
    if (thumbprint !== null) silent(await ask(`add map ${FILE.challenge} ${KEY} ${thumbprint}`));
  } catch (error) {
    // Not running: it reads the file when it starts.
    if (!isTransient(error)) throw error;
  }
};
