import { isTransient, ProvisionError } from '../../provisioners/contracts';
import type { Reason } from '../domain/deployment';
import { errnoOf } from '../domain/errors';

type Params = Reason['params'];

/** A step failed for a reason a person can read. Transient ones are tried again with backoff. */
export class StepError extends Error {
  readonly reason: Reason;
  readonly transient: boolean;
  constructor(code: string, params: Params = {}, transient: 'transient' | 'permanent' = 'permanent') {
    super(code);
    this.name = 'StepError';
    this.reason = { code, params };
    this.transient = transient === 'transient';
  }
}

/** "Could not measure" is neither pass nor fail: measured again every five seconds. */
export class Unmeasured extends Error {
  readonly reason: Reason;
  constructor(code: string, params: Params = {}) {
    super(code);
    this.name = 'Unmeasured';
    this.reason = { code, params };
  }
}

/** The epoch moved on: somebody else owns this deployment now. Stop without writing anything. */
export class LeaseLost extends Error {
  constructor() {
    super('lease lost');
    this.name = 'LeaseLost';
  }
}

/** The control database is away, full or in a circle of locks: later it is not. */
const DATABASE_AWAY: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'ER_CON_COUNT_ERROR',
  'ER_CONNECTION_KILLED',
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_SERVER_SHUTDOWN',
]);
const nameOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'name' in error ? error.name : null;
/** A connection that was cut before the command was sent has no code: the driver only says that it is of no use any more. */
const isClosed = (error: unknown): boolean =>
  errnoOf(error) === null && typeof error === 'object' && error !== null && 'fatal' in error && error.fatal === true;
/** Its socket is not there yet: a server that starts again makes it last. */
const hasNoSocket = (error: unknown): boolean =>
  errnoOf(error) === 'ENOENT' &&
  typeof error === 'object' &&
  error !== null &&
  'syscall' in error &&
  error.syscall === 'connect';
export const isDatabaseAway = (error: unknown): boolean =>
  DATABASE_AWAY.has(errnoOf(error) ?? '') ||
  hasNoSocket(error) ||
  nameOf(error) === 'KnexTimeoutError' ||
  isClosed(error);

export const asReason = (error: unknown): { readonly reason: Reason; readonly transient: boolean } => {
  if (error instanceof StepError) return { reason: error.reason, transient: error.transient };
  if (error instanceof ProvisionError) {
    return {
      reason: { code: `provision_${error.code}`, params: { ...error.details, message: error.message } },
      transient: isTransient(error),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (isDatabaseAway(error)) return { reason: { code: 'provision_unreachable', params: { message } }, transient: true };
  return {
    reason: { code: 'unexpected', params: { message } },
    transient: false,
  };
};
