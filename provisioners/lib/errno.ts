/** Node's errno of an unknown error; null when it has none. Not by `instanceof`: errors also come from other realms. */
export const errnoOf = (error: unknown): string | null =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : null;
