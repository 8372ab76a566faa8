import type { AppAdapter } from '../../../provisioners/contracts';
import { authorize } from '../../auth/permission';
import type { Actor } from '../../domain/actor';
import type { StripBar } from '../../domain/heartbeat';
import { digitsOf } from '../../domain/names';
import type { Transactor } from '../../stores';
import { AppError } from '../../domain/errors';
import { DesaDocuments, type DesaDocument } from './desa-documents';
import { DesaFactsReader } from './desa-facts';
import { desaStrips } from './measures';
import { SharedRead } from './shared-read';
import { StripMemory } from './strip-memory';
import { TokenDeadlines, type TokenDeadline } from './token-deadlines';

export type { DesaDocument, InstanceDocument } from './desa-documents';

export interface DesaFilter {
  readonly kecamatan?: string;
  readonly status?: string;
  readonly app?: string;
  readonly release?: string;
  readonly search?: string;
  readonly jenis?: string;
  /** Only desa that were chosen for installation. */
  readonly installed?: 'only' | 'all';
}

export interface DesaList {
  readonly desa: readonly DesaDocument[];
  /** Every event of the fleet up to here is in the list. */
  readonly seq: number;
}

/** Who runs what and how it was last seen; for lists, pages, terminal and REST alike. */
export class DesaModel {
  private readonly deps: {
    readonly transact: Transactor;
    readonly apps: ReadonlyMap<string, AppAdapter>;
    readonly httpsPort: number;
    /** For how long pages may be given the same reading; without it every question is read anew. */
    readonly keepMs?: number;
  };
  private readonly everything: SharedRead<DesaList>;
  private readonly deadlines: SharedRead<readonly TokenDeadline[]>;
  private readonly memory = new StripMemory();
  constructor(deps: DesaModel['deps']) {
    this.deps = deps;
    const { read } = deps.transact;
    const [facts, documents] = [new DesaFactsReader(read), new DesaDocuments(deps)];
    const keep = { ms: deps.keepMs ?? 0, changes: deps.transact.changes };
    this.everything = new SharedRead(async () => {
      // The number first: what is read after it is at least as new, so that no event is missed.
      const seq = await read.events.lastSeq('fleet');
      return { seq, desa: documents.draw(await facts.look(null)) };
    }, keep);
    const tokens = new TokenDeadlines(read);
    this.deadlines = new SharedRead(() => tokens.all(), keep);
  }

  async list(actor: Actor, filter: DesaFilter): Promise<readonly DesaDocument[]> {
    authorize(actor, 'desa.read');
    const { desa: documents } = await this.everything.ask();
    return Object.keys(filter).length === 0 ? documents : documents.filter((one) => matches(one, filter));
  }

  /** Every desa, for a page that goes on to listen. */
  async everyDesa(actor: Actor): Promise<DesaList> {
    authorize(actor, 'desa.read');
    return this.everything.ask();
  }

  /** Of every token that is not revoked, oldest first. */
  async tokenDeadlines(actor: Actor): Promise<readonly TokenDeadline[]> {
    authorize(actor, 'desa.read');
    return this.deadlines.ask();
  }

  /** The day of these desa, as `desaStrips`. */
  async strips(actor: Actor, kodes: readonly string[], now: Date): Promise<ReadonlyMap<string, readonly StripBar[]>> {
    return desaStrips(actor, this.deps.transact.read, kodes, now, this.memory);
  }

  async show(actor: Actor, kode: string): Promise<DesaDocument> {
    authorize(actor, 'desa.read', kode);
    const { transact } = this.deps;
    const [found] = new DesaDocuments(this.deps).draw(await new DesaFactsReader(transact.read).look(kode));
    if (found === undefined) throw new AppError('desa_unknown', { kode }, { field: 'kode' });
    return found;
  }
}

const matches = (one: DesaDocument, filter: DesaFilter): boolean => {
  if (filter.installed === 'only' && one.instances.length === 0) return false;
  if (
    filter.kecamatan !== undefined &&
    digitsOf(one.kecamatanKode) !== digitsOf(filter.kecamatan) &&
    one.kecamatan.toLowerCase() !== filter.kecamatan.toLowerCase()
  )
    return false;
  if (filter.jenis !== undefined && one.jenis !== filter.jenis) return false;
  if (filter.status !== undefined && one.status !== filter.status) return false;
  const apps =
    filter.app === undefined ? one.instances : one.instances.filter((instance) => instance.app === filter.app);
  if (filter.app !== undefined && apps.length === 0) return false;
  if (filter.release !== undefined && !apps.some((instance) => instance.release === filter.release)) return false;
  return filter.search === undefined || filter.search.trim() === '' || found(one, filter.search.trim());
};
const found = (one: DesaDocument, search: string): boolean => {
  const wanted = search.toLowerCase();
  const digits = wanted.replaceAll('.', '');
  if (/^\d+$/.test(digits)) return digitsOf(one.kode).includes(digits);
  return one.nama.toLowerCase().includes(wanted) || (one.host ?? '').includes(wanted);
};
