import { ProvisionError } from '../../provisioners/contracts';
import type { StepKind } from '../domain/step';
import { StepError, Unmeasured } from './step-error';

const GRACE_MS = 15_000;

/** Waits for the act; after its signal fired it has 15 s to end by itself, then it is left behind. */
export const endOrLeave = async <T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const left = new Promise<never>((_, reject) => {
    onAbort = () => {
      timer = setTimeout(() => reject(new StepError('provision_timeout', { hung: true })), GRACE_MS);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([act(), left]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
};

/** A bare abort becomes the reason a person can read, when it was the step's time that ran out. */
export const explain = (error: unknown, timeout: AbortSignal, step: StepKind, timeoutMs: number): unknown => {
  const known = error instanceof StepError || error instanceof ProvisionError || error instanceof Unmeasured;
  return timeout.aborted && !known ? new StepError('provision_timeout', { step, seconds: timeoutMs / 1000 }) : error;
};
