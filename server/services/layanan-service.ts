import { z } from 'zod';
import { sha256 } from '../auth/one-time-token';
import { AppError } from '../domain/errors';
import { parseKode, type KodeWilayah } from '../domain/kode-wilayah';
import type { Desa } from '../domain/desa';
import type { ReportKind } from '../stores/report-store';
import type { Transactor } from '../stores';
import { formAnswer, noModules, pantauAnswer, pemesananAnswer, terdaftarAnswer } from './layanan-answers';
import type { KeySet, TokenService, VerifiedToken } from './token-service';
import { findFullRegion, fullRegion } from './wilayah-service';

/** What apps tell about themselves without being asked; other fields are dropped: they can hold personal data. */
const reportSchemas = {
  versi: z.object({ kode_desa: z.string().max(20), versi: z.string().trim().min(1).max(40) }),
  daftarhitam: z.object({
    kode_desa: z.string().max(20),
    ip_address: z.string().max(45).optional(),
    token: z.string().max(8000).optional(),
    domain: z.string().max(255).optional(),
  }),
  pantau: z.object({
    kode_desa: z.string().max(20),
    version: z.string().trim().min(1).max(40),
    url: z.string().max(255).optional(),
  }),
} as const;

/**
 * What OpenSID and its sisters ask their Layanan server. The bearer token is the only authority here: it opens its own
 * desa's answers and nothing else, so there is no actor.
 */
export class LayananService {
  private readonly transactor: Transactor;
  private readonly tokens: TokenService;
  constructor(transactor: Transactor, tokens: TokenService) {
    this.transactor = transactor;
    this.tokens = tokens;
  }

  async pemesanan(token: string) {
    const verified = await this.admit(token);
    return pemesananAnswer(verified, token, await fullRegion(this.transactor.read, verified.kode));
  }

  /** AppError('token_not_entitled', { reason: 'desa_differs' }) for the code of another desa. */
  async terdaftar(token: string, desaId: string | undefined) {
    const verified = await this.admit(token);
    if (desaId !== undefined && parseKode(desaId) !== verified.kode)
      throw new AppError('token_not_entitled', { reason: 'desa_differs' });
    return terdaftarAnswer(verified, await fullRegion(this.transactor.read, verified.kode));
  }

  async formRegister(token: string) {
    const verified = await this.admit(token);
    return formAnswer(verified, await fullRegion(this.transactor.read, verified.kode));
  }

  async modules(token: string) {
    await this.admit(token);
    return noModules();
  }

  /** Answers what only a token of OpenDesa may open: never succeeds. */
  async refuseKindA(token: string): Promise<never> {
    await this.admit(token);
    throw new AppError('token_not_entitled', { reason: 'kind_a' });
  }

  /** Keeps the last report of a kind per installed desa; proves nothing, anybody can send it. A token is kept as its hash. */
  async report(kind: ReportKind, input: unknown): Promise<void> {
    const read = reportSchemas[kind].safeParse(input);
    if (!read.success) throw new AppError('invalid_input', {}, { field: 'kode_desa' });
    const { kode_desa: text, ...rest } = read.data;
    const kode = parseKode(text);
    const desa = kode === null ? null : await this.transactor.read.desa.find(kode);
    if (kode === null || desa === null) throw new AppError('desa_unknown');
    const body: Record<string, string> = {};
    for (const [key, value] of Object.entries(rest)) {
      if (key === 'token' && value !== undefined) body['tokenHash'] = sha256(value.trim());
      else if (value !== undefined) body[key] = value;
    }
    await this.transactor.read.reports.put({ desaKode: kode, kind, body, at: new Date() });
  }

  async kodedesa(text: string) {
    const region = await findFullRegion(this.transactor.read, text);
    if (region === null) throw new AppError('desa_unknown');
    return pantauAnswer(region);
  }

  /** True for the host of an installed desa: only their pages may call from a browser. */
  async isDesaHost(host: string): Promise<boolean> {
    const found = await this.transactor.read.desa.findByHost(host);
    return isLive(found);
  }

  async keySet(): Promise<KeySet> {
    return this.tokens.keySet();
  }

  private async admit(token: string): Promise<VerifiedToken & { readonly kode: KodeWilayah }> {
    const verified = await this.tokens.verify(token);
    if (!isLive(await this.transactor.read.desa.find(verified.kode))) throw new AppError('token_revoked');
    return verified;
  }
}

const isLive = (desa: Desa | null): boolean => desa !== null && desa.archivedAt === null;
