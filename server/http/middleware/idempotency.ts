import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, httpStatusOf } from '../../domain/errors';
import { sha256 } from '../../auth/one-time-token';
import type { IdempotencyStore } from '../../stores/idempotency-store';

const FORM = /^[\x21-\x7e]{1,200}$/;
const FIELD = 'Idempotency-Key';
/** How long the second of two presses waits for the answer of the first. */
const WAIT_MS = 10_000;
const LOOK_MS = 100;
/** Whoever did not answer by then does not live any more. */
const BROKEN_OFF_MS = 120_000;

interface Kept {
  readonly status: number;
  readonly document: unknown;
}
export interface Once {
  readonly store: IdempotencyStore;
  readonly userId: string;
  readonly key: string;
  /** Everything that makes it this request. */
  readonly request: unknown;
  /** Whether its answer holds something that is shown once and is therefore not kept. */
  readonly answer: 'kept' | 'secret';
}

/** Same content, same text, whatever the order of its fields. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${fields.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(',')}}`;
};
const conflict = (problem: string): AppError => new AppError('conflict', { problem }, { field: FIELD });

/** The answer of the first request under this key; waits while that one is at work. Null = it did nothing, try again. */
const answerOfFirst = async ({ store, userId }: Once, keyHash: string, requestHash: string): Promise<Kept | null> => {
  for (let waited = 0; ; waited += LOOK_MS) {
    const first = await store.find(userId, keyHash);
    if (first === null) return null;
    if (first.requestHash !== requestHash)
      throw new AppError('invalid_input', { problem: 'idempotency_reused' }, { field: FIELD });
    if (first.status !== null) {
      if (first.answer === null) throw conflict('answer_not_kept');
      return { status: first.status, document: JSON.parse(first.answer) as unknown };
    }
    if (Date.now() - first.createdAt.getTime() > BROKEN_OFF_MS) throw conflict('idempotency_unfinished');
    if (waited >= WAIT_MS) throw conflict('idempotency_running');
    await sleep(LOOK_MS);
  }
};

/**
 * Acts once per key: repeated within 24 hours it gives the first answer. Refusals are not kept, since nothing happened; what
 * broke off stays taken, because nobody knows whether it acted.
 */
export const once = async (
  asked: Once,
  act: () => Promise<Kept>,
): Promise<Kept & { readonly replayed: 'replayed' | 'fresh' }> => {
  if (!FORM.test(asked.key)) throw new AppError('invalid_input', { problem: 'idempotency_key' }, { field: FIELD });
  const { store, userId } = asked;
  const keyHash = sha256(asked.key);
  const requestHash = createHash('sha256').update(canonical(asked.request)).digest('hex');
  while (!(await store.claim(userId, keyHash, requestHash))) {
    const kept = await answerOfFirst(asked, keyHash, requestHash);
    if (kept !== null) return { ...kept, replayed: 'replayed' };
  }
  try {
    const made = await act();
    const answer = asked.answer === 'secret' ? null : JSON.stringify(made.document);
    await store.answer(userId, keyHash, made.status, answer);
    return { ...made, replayed: 'fresh' };
  } catch (error) {
    if (httpStatusOf(error) < 500) await store.release(userId, keyHash);
    throw error;
  }
};
