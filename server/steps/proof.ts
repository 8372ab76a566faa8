import type { AppAdapter, IdentityAnswer, InstanceContext, PageProof } from '../../provisioners/contracts';
import { digitsOf } from '../domain/names';
import type { Reason } from '../domain/deployment';
import { DATABASE_AWAY, NotMeasured, type ProbeAnswer, type PublicProbe } from './public-probe';

/** What one look from outside found. `reason` null = right; `measured` false = neither pass nor fail. */
export interface Proof {
  readonly measured: boolean;
  readonly reason: Reason | null;
  readonly release: string | null;
  readonly ms: number;
  readonly held: boolean;
}
export interface ProofRequest {
  readonly app: Pick<AppAdapter, 'path' | 'name'>;
  readonly host: string;
  readonly kode: string;
  readonly version: string;
  readonly identityKey: string;
  readonly instanceId: string;
}
const join = (path: string, rest: string): string => (path === '/' ? rest : `${path}${rest}`);
const keyHeader = (key: string): Record<string, string> => ({ 'x-siappakai-key': key });
const failed = (code: string, params: Reason['params'], ms: number, release: string | null = null): Proof => ({
  measured: true,
  reason: { code, params },
  release,
  ms,
  held: false,
});
/** No answer at all is another thing than a wrong one. */
const badStatus = (
  params: { readonly status: number; readonly path: string },
  ms: number,
  release: string | null = null,
): Proof =>
  params.status === 0
    ? failed('not_answering', { path: params.path }, ms, release)
    : failed('http_status', params, ms, release);
const passed = (release: string, ms: number): Proof => ({ measured: true, reason: null, release, ms, held: false });

const asking = async (work: () => Promise<Proof>): Promise<Proof> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NotMeasured)
      return {
        measured: false,
        reason:
          error.cause_ === DATABASE_AWAY
            ? { code: 'shared_database_away', params: {} }
            : { code: 'proxy_unreachable', params: { cause: error.cause_ } },
        release: null,
        ms: 0,
        held: false,
      };
    throw error;
  }
};
const parse = (body: string): Readonly<Record<string, unknown>> | null => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
};

/** A text or number of an answer; '' when it is something else. */
const textOf = (said: Readonly<Record<string, unknown>> | null, name: string): string => {
  const value = said?.[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
};

/** Web server only, no PHP: cheap enough for every instance each minute. */
export const proveStatic = (probe: PublicProbe, request: ProofRequest): Promise<Proof> =>
  asking(async () => {
    const answer = await probe.get({
      host: request.host,
      path: join(request.app.path, '/siappakai/identitas'),
      headers: keyHeader(request.identityKey),
      timeoutMs: 8000,
    });
    if (answer.held)
      return { measured: true, reason: { code: 'held', params: {} }, release: null, ms: answer.ms, held: true };
    if (answer.status === 404 || answer.status === 421)
      return failed('wrong_identity', { observed: `HTTP ${answer.status}`, expected: request.kode }, answer.ms);
    if (answer.status !== 200) return badStatus({ status: answer.status, path: request.app.path }, answer.ms);
    const said = parse(answer.body);
    const kode = textOf(said, 'kode');
    if (textOf(said, 'instance') !== request.instanceId || digitsOf(kode) !== digitsOf(request.kode))
      return failed('wrong_identity', { observed: kode, expected: request.kode }, answer.ms);
    const release = textOf(said, 'release');
    return release === request.version
      ? passed(release, answer.ms)
      : failed('wrong_version', { observed: release, expected: request.version }, answer.ms, release);
  });

/** The app itself: code, version and readiness, behind this instance's own key. */
export const proveIdentity = (probe: PublicProbe, request: ProofRequest): Promise<Proof> =>
  asking(async () => {
    const answer = await probe.get({
      host: request.host,
      path: join(request.app.path, '/siappakai/sehat'),
      headers: keyHeader(request.identityKey),
    });
    if (answer.held)
      return { measured: true, reason: { code: 'held', params: {} }, release: null, ms: answer.ms, held: true };
    return judgeIdentity(answer.status, answer.body, request, answer.ms);
  });

export const judgeIdentity = (
  status: number,
  body: string,
  request: Pick<ProofRequest, 'kode' | 'version'>,
  ms: number,
): Proof => {
  if (status === 404 || status === 421)
    return failed('wrong_identity', { observed: `HTTP ${status}`, expected: request.kode }, ms);
  const said: (Partial<IdentityAnswer> & Readonly<Record<string, unknown>>) | null = parse(body);
  if (said === null)
    return status === 200
      ? failed('identity_unreadable', { status }, ms)
      : badStatus({ status, path: '/siappakai/sehat' }, ms);
  const release = typeof said.version === 'string' ? said.version : null;
  const kode = textOf(said, 'kode');
  const stranger = failed('wrong_identity', { observed: kode, expected: request.kode }, ms, release);
  // Whose it is matters more than whether it is ready.
  if (kode !== '' && digitsOf(kode) !== digitsOf(request.kode)) return stranger;
  if (said.ready !== true)
    return failed(
      'not_ready',
      { status, faults: (Array.isArray(said.faults) ? said.faults : []).join(', ') },
      ms,
      release,
    );
  if (status !== 200) return badStatus({ status, path: '/siappakai/sehat' }, ms, release);
  if (kode === '') return stranger;
  if (release !== request.version)
    return failed('wrong_version', { observed: release, expected: request.version }, ms, release);
  return passed(release, ms);
};

/** The page a citizen sees: 200 without redirect, with the desa's name and the version; where people sign in; what the app tells of itself. */
export const provePage = (probe: PublicProbe, request: ProofRequest, page: PageProof): Promise<Proof> =>
  asking(async () => {
    const front = await proveFront(probe, request, page);
    if (front.reason !== null) return front;
    for (const path of page.alive ?? []) {
      const url = join(request.app.path, path);
      const { status, ms, held } = await probe.get({ host: request.host, path: url });
      if (!held && (status === 0 || status >= 500)) return badStatus({ status, path: url }, ms);
    }
    if (page.tells === undefined) return front;
    const url = join(request.app.path, page.tells.path);
    const told = await probe.get({ host: request.host, path: url, headers: { accept: 'application/json' } });
    return judgeTold(told, request, page.tells);
  });

const proveFront = async (probe: PublicProbe, request: ProofRequest, page: PageProof): Promise<Proof> => {
  const path = join(request.app.path, page.path);
  const answer = await probe.get({ host: request.host, path });
  if (answer.held)
    return { measured: true, reason: { code: 'held', params: {} }, release: null, ms: answer.ms, held: true };
  if (answer.status !== 200) return badStatus({ status: answer.status, path }, answer.ms);
  const body = plainText(answer.body);
  const missing = page.mustContain.find((wanted) => !body.includes(plainText(wanted)));
  return missing === undefined
    ? passed(request.version, answer.ms)
    : failed('wrong_name', { expected: missing, path }, answer.ms);
};

/** What the app tells about its desa in its own words; when it tells nothing, nothing is known and nothing is wrong. */
const judgeTold = (answer: ProbeAnswer, request: ProofRequest, tells: NonNullable<PageProof['tells']>): Proof => {
  const said = answer.status === 200 ? tells.read(answer.body) : null;
  if (said === null) return passed(request.version, answer.ms);
  if (digitsOf(said.kode) !== digitsOf(request.kode))
    return failed('wrong_identity', { observed: `${said.kode} ${said.nama}`, expected: request.kode }, answer.ms);
  return plainText(said.nama) === plainText(tells.nama)
    ? passed(request.version, answer.ms)
    : failed('wrong_name', { expected: tells.nama, path: join(request.app.path, tells.path) }, answer.ms);
};

const character = (code: number): string | null => (code <= 0x10ffff ? String.fromCodePoint(code) : null);
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
/** HTML-decoded, white space folded, lower case: `Desa&nbsp;Ma&#039;rang` equals `desa ma'rang`. */
const plainText = (html: string): string =>
  html
    .replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
      if (decimal !== undefined) return character(Number(decimal)) ?? whole;
      if (hex !== undefined) return character(Number.parseInt(hex, 16)) ?? whole;
      return ENTITIES[(name ?? '').toLowerCase()] ?? whole;
    })
    .replace(/\s+/g, ' ')
    .toLowerCase();

export const proofOf = (app: AppAdapter, context: InstanceContext): ProofRequest => ({
  app,
  host: context.hosts[0] ?? '',
  kode: context.wilayah.kode,
  version: context.version,
  identityKey: context.identityKey,
  instanceId: context.instanceId,
});
