import { generateKeyPair, type JsonWebKey } from 'node:crypto';
import { promisify } from 'node:util';
import { ulid } from 'ulid';
import { authorize } from '../auth/permission';
import type { SecretBox } from '../auth/secret-box';
import { SYSTEM, type Actor } from '../domain/actor';
import { AppError } from '../domain/errors';
import { kodeDigits, kodeWilayah, parseKode, type KodeWilayah } from '../domain/kode-wilayah';
import { timezoneOf } from '../domain/timezone';
import type { IssuedToken } from '../domain/token';
import type { Stores, Transactor } from '../stores';
import { recordAudit } from './audit-service';
import { loadSettings } from './setting-service';
import { decodeToken, drawPayload, isSignedBy, signPayload, type TokenClaims } from './token-claims';
import { addMonths, dayAfter, dayIn, daysUntil } from './token-days';

const makeKeyPair = promisify(generateKeyPair);
const OVERLAP_DAYS = 7;
const RENEW_DAYS = 30;
const DAY_MS = 86_400_000;
/** Days a token must still have to be kept; Infinity = it is replaced in any case. */
interface Wanted {
  readonly leastDays: number;
}
const VALID: Wanted = { leastDays: 0 };

export interface TokenDeps {
  readonly transactor: Transactor;
  readonly box: SecretBox;
  /** Public port of the proxy; 443 is left out of origins. */
  readonly httpsPort: number;
  readonly now?: () => Date;
}
/** For screens; the token itself only through `reveal`. */
export interface TokenStatus {
  readonly id: string;
  readonly jti: string;
  readonly kid: string;
  readonly domain: string;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly daysLeft: number;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
  readonly installedAt: Date | null;
}
export interface VerifiedToken {
  readonly kode: KodeWilayah;
  readonly claims: TokenClaims;
  readonly issued: IssuedToken;
}
/** Public keys as RFC 7517 has them. */
export interface KeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** Registration tokens of kind A: proof of registration towards this installation, and nothing of the vendor's. */
export class TokenService {
  private readonly deps: TokenDeps;
  private readonly now: () => Date;
  constructor(deps: TokenDeps) {
    this.deps = deps;
    this.now = deps.now ?? (() => new Date());
  }

  /** The token of a desa for this host; issued when there is none, it names another host, or it is over. */
  async ensureToken(actor: Actor, kode: string, host: string): Promise<string> {
    authorize(actor, 'token.write', kode);
    const current = await this.deps.transactor.read.tokens.current(kode);
    if (current !== null && this.fits(current, host, VALID)) return this.open(current);
    return this.issueUnless(actor, kode, host, VALID);
  }

  /** As `ensureToken`, but a token that ends within 30 days gets a successor. The old one works until that is in its place. */
  async renew(actor: Actor, kode: string, host: string): Promise<string> {
    authorize(actor, 'token.write', kode);
    return this.issueUnless(actor, kode, host, { leastDays: RENEW_DAYS + 1 });
  }

  /** Desa whose newest token ends within 30 days, and those where it was never read back. */
  async renewals(actor: Actor): Promise<{ readonly ending: readonly string[]; readonly unread: readonly string[] }> {
    authorize(actor, 'token.read');
    const newest = await this.deps.transactor.read.tokens.newest();
    const isEnding = (one: IssuedToken): boolean => daysUntil(one.endsOn, this.now()) <= RENEW_DAYS;
    return {
      ending: newest.filter(isEnding).map((one) => one.desaKode),
      unread: newest.filter((one) => !isEnding(one) && one.installedAt === null).map((one) => one.desaKode),
    };
  }

  /** A new token now, because the old one must go: it works for seven more days, whether the new one is in its place or not. */
  async rotate(actor: Actor, kode: string): Promise<string> {
    authorize(actor, 'token.write', kode);
    const desa = await this.deps.transactor.read.desa.find(kode);
    if (desa === null) throw new AppError('desa_unknown', { kode }, { field: 'kode' });
    return this.issueUnless(actor, kode, desa.host, { leastDays: Infinity });
  }

  /** Every token of the desa is refused from now on; its site stays online. */
  async revoke(actor: Actor, kode: string): Promise<void> {
    authorize(actor, 'token.write', kode);
    const now = this.now();
    await this.deps.transactor.run(async (stores) => {
      const live = (await stores.tokens.listOf(kode)).filter((one) => one.revokedAt === null || one.revokedAt > now);
      if (live.length === 0) return;
      await stores.tokens.revoke(
        live.map((one) => one.id),
        now,
      );
      const jti = live.map((one) => one.jti);
      await recordAudit(stores, actor, { act: 'token.revoke', object: `desa:${kode}`, before: { jti } });
    });
  }

  async status(actor: Actor, kode: string): Promise<TokenStatus | null> {
    authorize(actor, 'token.read', kode);
    const current = await this.deps.transactor.read.tokens.current(kode);
    return current === null ? null : this.statusOf(current);
  }

  /** Newest first, revoked ones included. */
  async history(actor: Actor, kode: string): Promise<readonly TokenStatus[]> {
    authorize(actor, 'token.read', kode);
    return (await this.deps.transactor.read.tokens.listOf(kode)).map((one) => this.statusOf(one));
  }

  /** The token in plain, for somebody who installs it by hand; audited. */
  async reveal(actor: Actor, kode: string): Promise<string> {
    authorize(actor, 'token.write', kode);
    const current = await this.deps.transactor.read.tokens.current(kode);
    if (current === null) throw new AppError('token_absent', { kode });
    await this.deps.transactor.run((stores) =>
      recordAudit(stores, actor, { act: 'token.reveal', object: `desa:${kode}`, after: { jti: current.jti } }),
    );
    return this.open(current);
  }

  /** After this token was read back from the desa's own files. Older ones work for seven more days. */
  async markInstalled(actor: Actor, kode: string, token: string): Promise<void> {
    authorize(actor, 'token.write', kode);
    const jti = decodeToken(token)?.claims?.jti ?? '';
    await this.deps.transactor.run(async (stores) => {
      const issued = await stores.tokens.findByJti(jti);
      if (issued?.desaKode !== kode) throw new AppError('token_invalid', { reason: 'not_issued' });
      if (issued.installedAt !== null) return;
      await stores.tokens.markInstalled(issued.id);
      const older = (await stores.tokens.listOf(kode)).filter((one) => one.id < issued.id && one.revokedAt === null);
      await stores.tokens.revoke(
        older.map((one) => one.id),
        this.overlapEnd(),
      );
      await recordAudit(stores, actor, {
        act: 'token.installed',
        object: `desa:${kode}`,
        before: { jti: older.map((one) => one.jti) },
        after: { jti },
      });
    });
  }

  /** Believes only our own signature, then the list of issued tokens. AppError token_missing | _invalid | _expired | _revoked. */
  async verify(token: string): Promise<VerifiedToken> {
    if (token.trim() === '') throw new AppError('token_missing');
    const decoded = decodeToken(token);
    const claims = decoded?.claims ?? null;
    if (decoded?.alg !== 'RS256' || claims === null) throw new AppError('token_invalid', { reason: 'not_ours' });
    const key = (await this.deps.transactor.read.tokens.signingKeys()).find((one) => one.kid === decoded.kid);
    if (key === undefined || !isSignedBy(token, key.publicJwk))
      throw new AppError('token_invalid', { reason: 'signature' });
    const issued = await this.deps.transactor.read.tokens.findByJti(claims.jti);
    const kode = parseKode(claims.desa_id);
    if (issued === null || kode === null || issued.desaKode !== claims.desa_id)
      throw new AppError('token_invalid', { reason: 'not_issued' });
    const now = this.now();
    if (issued.revokedAt !== null && issued.revokedAt <= now) throw new AppError('token_revoked', { kode });
    if (claims.exp * 1000 <= now.getTime()) throw new AppError('token_expired', { kode, endsOn: issued.endsOn });
    return { kode, claims, issued };
  }

  /** Every key a token still in use may be signed with; public. */
  async keySet(): Promise<KeySet> {
    const keys = await this.deps.transactor.read.tokens.signingKeys();
    return { keys: keys.map((key) => ({ ...key.publicJwk, kid: key.kid, alg: 'RS256', use: 'sig' })) };
  }

  private async issueUnless(actor: Actor, kode: string, host: string, wanted: Wanted): Promise<string> {
    const key = await this.signingKey();
    return this.deps.transactor.run(async (stores) => {
      if (!(await stores.tokens.lockDesa(kode))) throw new AppError('desa_unknown', { kode }, { field: 'kode' });
      const current = await stores.tokens.current(kode);
      if (current !== null && this.fits(current, host, wanted)) return this.open(current);
      const issued = await this.issue(stores, key, kodeWilayah(kode), this.originOf(host));
      if (current !== null && wanted.leastDays === Infinity)
        await stores.tokens.revoke([current.id], this.overlapEnd());
      await recordAudit(stores, actor, {
        act: 'token.issue',
        object: `desa:${kode}`,
        before: current === null ? null : { jti: current.jti },
        after: { jti: issued.jti, domain: this.originOf(host), endsOn: issued.endsOn },
      });
      return issued.token;
    });
  }

  private fits(token: IssuedToken, host: string, { leastDays }: Wanted): boolean {
    return token.domain === this.originOf(host) && daysUntil(token.endsOn, this.now()) >= leastDays;
  }

  private overlapEnd(): Date {
    return new Date(this.now().getTime() + OVERLAP_DAYS * DAY_MS);
  }

  private async issue(
    stores: Stores,
    key: { readonly kid: string; readonly privateKey: string },
    kode: KodeWilayah,
    domain: string,
  ): Promise<{ readonly token: string; readonly jti: string; readonly endsOn: string }> {
    const settings = await loadSettings(stores);
    const now = this.now();
    const startsOn = dayIn(settings.timezone ?? timezoneOf(kode), now);
    const endsOn = addMonths(startsOn, settings.tokenMonths);
    const seconds = Math.floor(now.getTime() / 1000);
    const { payload, jti } = drawPayload({
      iss: this.originOf(settings.dashboardHost ?? new URL(domain).hostname),
      iat: seconds,
      nbf: seconds,
      exp: Math.floor(Date.parse(`${dayAfter(endsOn)}T00:00:00Z`) / 1000),
      sub: kodeDigits(kode),
      desa_id: kode,
      kecamatan_id: kode.slice(0, 8),
      domain,
      status: 'terdaftar',
      tanggal_berlangganan: { mulai: startsOn, akhir: endsOn },
    });
    const token = signPayload(payload, key.kid, key.privateKey);
    const id = ulid();
    const sealed = this.deps.box.encrypt(token, `tokens:${id}:token`);
    await stores.tokens.create({ id, desaKode: kode, jti, kid: key.kid, sealed, domain, startsOn, endsOn });
    return { token, jti, endsOn };
  }

  /** The newest key in use; made when there is none. Two at once end with the same one. */
  private async signingKey(): Promise<{ readonly kid: string; readonly privateKey: string }> {
    const { tokens } = this.deps.transactor.read;
    const usable = async () => (await tokens.signingKeys()).filter((one) => one.retiredAt === null).at(-1);
    const found = (await usable()) ?? (await this.makeSigningKey(), await usable());
    if (found === undefined) throw new AppError('internal');
    const privateKey = this.deps.box.decrypt(found.sealedPrivateKey, `signing_keys:${found.kid}`).reveal();
    return { kid: found.kid, privateKey };
  }

  private async makeSigningKey(): Promise<void> {
    const { kabupaten } = await loadSettings(this.deps.transactor.read);
    if (kabupaten === null) throw new AppError('not_set_up');
    const count = (await this.deps.transactor.read.tokens.signingKeys()).length;
    const kid = `kab-${kodeDigits(kabupaten.kode)}-${this.now().getUTCFullYear()}-${count + 1}`;
    const pair = await makeKeyPair('rsa', { modulusLength: 2048 });
    const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const { kty, n, e }: JsonWebKey = pair.publicKey.export({ format: 'jwk' });
    const sealedPrivateKey = this.deps.box.encrypt(pem, `signing_keys:${kid}`);
    await this.deps.transactor.run(async (stores) => {
      const added = await stores.tokens.addSigningKey({ kid, publicJwk: { kty, n, e }, sealedPrivateKey });
      if (added) await recordAudit(stores, SYSTEM, { act: 'token.key', object: `signing_key:${kid}` });
    });
  }

  private originOf(host: string): string {
    return this.deps.httpsPort === 443 ? `https://${host}` : `https://${host}:${this.deps.httpsPort}`;
  }

  private open(issued: IssuedToken): string {
    return this.deps.box.decrypt(issued.sealed, `tokens:${issued.id}:token`).reveal();
  }

  private statusOf(issued: IssuedToken): TokenStatus {
    const { id, jti, kid, domain, startsOn, endsOn, createdAt, revokedAt, installedAt } = issued;
    const daysLeft = daysUntil(endsOn, this.now());
    return { id, jti, kid, domain, startsOn, endsOn, daysLeft, createdAt, revokedAt, installedAt };
  }
}
