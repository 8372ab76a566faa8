/**
 * The seams between SiapPakai and the outside world. Everything here is a value or an interface; nothing imports from
 * `server/`. One contract suite per interface runs against every implementation, the test fakes included.
 *
 * Conventions: sizes in bytes, durations in milliseconds unless the name says `Seconds`, times ISO 8601 UTC strings.
 * "ensure" means: same → keep, absent → create, different → ProvisionError('conflict'). Nothing without our
 * installation label is ever stopped, changed or removed.
 */
export * from './contracts/errors';
export * from './contracts/labels';
export * from './contracts/target';
export * from './contracts/proxy';
export * from './contracts/certificate';
export * from './contracts/database';
export * from './contracts/release';
export * from './contracts/app';
export * from './contracts/machine';
