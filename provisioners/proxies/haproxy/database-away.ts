import { join, normalize } from 'node:path';
import { ProvisionError } from '../../contracts';
import { readIfThere, writeAtomically } from './files';
import { FILE, type HaproxyOptions } from './options';

/** What the proxy knows of the database all villages share. */
export interface SharedDatabase {
  /** Its unix socket as the proxy process sees it: a check there is no stranger to the database and is never locked out. */
  readonly socket: string;
  /** Paths an app redirects to when it finds no database, e.g. `/koneksi-database`: never for a visitor's eyes. */
  readonly giveUpPaths: readonly string[];
}
type Input = Pick<HaproxyOptions, 'database'>;

/** Longer than the time between two looks of `quick`. */
const SETTLE = `core.register_action("settle", { "http-res" }, function(txn)
  core.msleep(400)
end, 0)
`;
// `steady` takes all villages away only after three failed checks; `quick` decides about answers that are bad already, and for
// five seconds more: an app that waited for the database in vain says so when it is back.
const STEADY_UP = '{ srv_is_up(database/steady) }';
const QUICK_UP = '{ srv_is_up(database/quick) }';
const TROUBLE = '{ var(txn.trouble) -m bool }';

const requireSafe = ({ socket, giveUpPaths }: SharedDatabase): SharedDatabase => {
  if (!/^\/[\w./-]{1,100}$/.test(socket) || normalize(socket) !== socket)
    throw new ProvisionError('invalid', 'Not a usable path', { path: socket });
  const wrong = giveUpPaths.find((path) => !/^\/[\w/-]{1,60}$/.test(path));
  if (wrong !== undefined) throw new ProvisionError('invalid', 'Not a usable path', { path: wrong });
  return { socket, giveUpPaths };
};

export const awayGlobals = ({ database }: Input): string =>
  database === undefined ? '' : `  lua-load ${FILE.settle}\n`;

/** Before a route is followed; `answer` = what the visitor gets. */
export const awayRequests = ({ database }: Input, answer: string): string =>
  database === undefined
    ? ''
    : `  http-request return ${answer} hdr X-Siappakai away if { var(txn.route) -m beg open| } !${STEADY_UP}\n`;

/**
 * A bad answer waits for the next look at the database, then tells the reason instead of itself. A redirect to where an
 * app gives up is never shown, also when the database is there and only one desa cannot reach it.
 */
export const awayResponses = ({ database }: Input, answer: string): string => {
  if (database === undefined) return '';
  const { giveUpPaths } = requireSafe(database);
  const gaveUp = giveUpPaths.map((path) => `(https?://[^/]+)?(/index[.]php)?${path}/?$`).join('|');
  const paths =
    gaveUp === ''
      ? ''
      : `  http-response set-var(txn.gave_up) bool(true) if { status 300:399 } { res.hdr(location) -m reg -i '^(${gaveUp})' }
  http-response set-var(txn.trouble) bool(true) if { var(txn.gave_up) -m bool }
`;
  return `${paths}  http-response set-var(txn.trouble) bool(true) if { status 500:599 }
  http-response lua.settle if ${TROUBLE}
  http-response return ${answer} hdr X-Siappakai away if ${TROUBLE} !${QUICK_UP}
  http-response return ${answer} if { var(txn.gave_up) -m bool }
`;
};

/** The first packet of a greeting, or of a refusal: who refuses is there. Three in a row must fail before all villages are away. */
export const awayBackend = ({ database }: Input): string => {
  if (database === undefined) return '';
  const { socket } = requireSafe(database);
  return `
backend database
  option tcp-check
  tcp-check connect
  tcp-check expect rbinary ^.{6}00(0A|FF)
  timeout check 1s
  server steady unix@${socket} check inter 500ms fall 3 rise 2
  server quick unix@${socket} check inter 250ms fall 1 rise 20
`;
};

/** The configuration names the file: it must be there. */
export const ensureSettleFile = async (folder: string): Promise<void> => {
  const path = join(folder, FILE.settle);
  if ((await readIfThere(path)) !== SETTLE) await writeAtomically(path, SETTLE);
};
