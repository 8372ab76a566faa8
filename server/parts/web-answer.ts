import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../domain/errors';

const AGAIN_MS = 50;
const ONE_MS = 5_000;

/**
 * Resolves when the dashboard answers on loopback: a link that was printed before leads nowhere. AppError('part_not_starting') with the
 * file to look into after `forMs`.
 */
export const awaitWeb = async (web: {
  readonly dashboardPort: number;
  readonly log: string;
  readonly forMs: number;
}): Promise<void> => {
  const until = Date.now() + web.forMs;
  const address = `http://127.0.0.1:${String(web.dashboardPort)}/healthz`;
  for (;;) {
    const left = until - Date.now();
    if (left <= 0) throw new AppError('part_not_starting', { part: 'web', log: web.log });
    const answer = await fetch(address, { signal: AbortSignal.timeout(Math.min(ONE_MS, left)) }).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    await sleep(AGAIN_MS);
  }
};
