import { types } from 'node:util';

/** What was thrown (or the reason of a signal) as an Error, also one of another realm. */
export const asError = (thrown: unknown): Error => {
  if (thrown instanceof Error || types.isNativeError(thrown)) return thrown;
  return new Error(String(thrown));
};
