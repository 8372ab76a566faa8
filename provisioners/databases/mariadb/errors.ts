import { ProvisionError, type ProvisionCode } from '../../contracts';

type Details = Record<string, string | number | boolean | null>;

const BY_SERVER_ERRNO: Readonly<Record<number, ProvisionCode>> = {
  1007: 'conflict', // database exists
  1008: 'not_found', // database does not exist (drop)
  1021: 'no_space', // disk full
  1040: 'unreachable', // too many connections
  1041: 'unreachable', // out of memory
  1044: 'refused', // database access denied
  1045: 'refused', // login denied
  1049: 'not_found', // unknown database
  1053: 'unreachable', // shutdown in progress
  1054: 'invalid', // unknown column
  1062: 'conflict', // duplicate key
  1064: 'invalid', // syntax
  1114: 'no_space', // table is full
  1129: 'refused', // host blocked
  1130: 'refused', // host not allowed
  1142: 'refused', // table access denied
  1143: 'refused', // column access denied
  1146: 'not_found', // no such table
  1158: 'unreachable',
  1159: 'timeout', // net read timeout
  1160: 'unreachable',
  1161: 'timeout', // net write timeout
  1203: 'unreachable', // too many connections of this user
  1205: 'timeout', // lock wait timeout
  1213: 'timeout', // deadlock: the same again can succeed
  1226: 'unreachable', // user's connection limit
  1227: 'refused', // privilege needed
  1290: 'refused', // read only server
  1370: 'refused', // routine access denied
  1410: 'refused', // may not create users by grant
  1927: 'unreachable', // connection was killed
  1969: 'timeout', // statement time limit
  2002: 'unreachable',
  2003: 'unreachable',
  2006: 'unreachable',
  2013: 'unreachable',
  2026: 'unreachable', // TLS
};
const BY_CODE: Readonly<Record<string, ProvisionCode>> = {
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  ECONNABORTED: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  EPIPE: 'unreachable',
  ETIMEDOUT: 'timeout',
  PROTOCOL_CONNECTION_LOST: 'unreachable',
  PROTOCOL_SEQUENCE_TIMEOUT: 'timeout',
  ENOSPC: 'no_space',
  EDQUOT: 'no_space',
  EACCES: 'refused',
  EPERM: 'refused',
  EROFS: 'refused',
  ENOENT: 'not_found',
};

const member = (error: unknown, name: string): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;

const factsOf = (error: unknown): { errno: number | null; code: string | null; connecting: boolean } => {
  const errno = member(error, 'errno');
  const code = member(error, 'code');
  return {
    errno: typeof errno === 'number' ? errno : null,
    code: typeof code === 'string' ? code : null,
    connecting: member(error, 'syscall') === 'connect',
  };
};

/** What an error number of the server or its client library means. */
export const codeOfErrno = (errno: number): ProvisionCode => BY_SERVER_ERRNO[errno] ?? 'failed';

/** The number in an error of the server, or null. */
export const errnoOf = (error: unknown): number | null => factsOf(error).errno;

/** The word in an error of Node (ENOSPC, Z_DATA_ERROR, ERR_STREAM_PREMATURE_CLOSE), or ''. */
export const wordOf = (error: unknown): string => factsOf(error).code ?? '';

/** The driver's errors carry the whole statement, with passwords and residents in it: that part goes no further. */
const withoutStatement = (error: unknown, text: string): unknown => {
  if (typeof member(error, 'sql') !== 'string') return error;
  const { errno, code } = factsOf(error);
  return Object.assign(new Error(text), { errno, code, stack: member(error, 'stack') });
};

/** Any error of the driver or the file system as ProvisionError; one that is already is handed back as it is. */
export const asProvisionError = (error: unknown, details: Details = {}): ProvisionError => {
  if (error instanceof ProvisionError) return error;
  const { errno, code, connecting } = factsOf(error);
  const byCode = code === null ? undefined : BY_CODE[code];
  // A unix socket that is not there is a server that is not there, not a missing file.
  const meaning =
    connecting && byCode !== undefined && byCode !== 'timeout' ? 'unreachable' : (byCode ?? codeOfErrno(errno ?? 0));
  const message = member(error, 'message');
  const text = typeof message === 'string' ? message : String(error);
  const number = errno !== null && errno > 0 ? errno : code;
  return new ProvisionError(meaning, text, { ...details, errno: number }, withoutStatement(error, text));
};

/** Why an act ended when its signal fired: 'timeout' when time was up, else 'failed' with details.reason = 'aborted'. */
export const abortedError = (signal: AbortSignal, details: Details = {}): ProvisionError => {
  const reason: unknown = signal.reason;
  const timedOut = member(reason, 'name') === 'TimeoutError';
  return new ProvisionError(
    timedOut ? 'timeout' : 'failed',
    timedOut ? 'Took too long' : 'Aborted',
    { ...details, reason: 'aborted' },
    reason,
  );
};
