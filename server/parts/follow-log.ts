import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const TAIL_BYTES = 64 * 1024;
const POLL_MS = 300;

/** Last lines of a log file, then, when following, each new one until the signal. A rotated file is read from its start. */
export const followLog = async (
  file: string,
  follow: 'follow' | 'once',
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> => {
  let position = -1;
  for (let rest = ''; ;) {
    const handle = await open(file, 'r').catch(() => null);
    if (handle !== null) {
      try {
        const { size } = await handle.stat();
        if (position < 0) position = Math.max(0, size - TAIL_BYTES);
        if (size < position) position = 0;
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(size - position), 0, size - position, position);
        position += bytesRead;
        const lines = (rest + buffer.subarray(0, bytesRead).toString('utf8')).split('\n');
        rest = lines.pop() ?? '';
        lines.forEach(print);
      } finally {
        await handle.close();
      }
    }
    if (follow === 'once' || signal.aborted) return;
    await sleep(POLL_MS);
  }
};
