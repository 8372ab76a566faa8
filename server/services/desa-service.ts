import { authorize } from '../auth/permission';
import type { SecretBox } from '../auth/secret-box';
import type { Actor } from '../domain/actor';
import { AppError } from '../domain/errors';
import type { Transactor } from '../stores';
import { recordAudit } from './audit-service';

/** Small acts on one desa that need no rollout. */
export class DesaService {
  private readonly deps: { readonly transact: Transactor; readonly box: SecretBox };
  constructor(deps: DesaService['deps']) {
    this.deps = deps;
  }

  /** First admin password of the desa's site, once: afterwards only that it was shown. AppError('conflict') the second time. */
  async firstPassword(actor: Actor, kode: string): Promise<{ readonly username: string; readonly password: string }> {
    authorize(actor, 'desa.password', kode);
    return this.deps.transact.run(async (stores) => {
      await stores.knex('desa').where({ kode }).forUpdate().select('kode');
      const desa = await stores.desa.find(kode);
      if (desa?.firstPassword == null) throw new AppError('not_found', { problem: 'no_password', kode });
      if (desa.firstPasswordShownAt !== null)
        throw new AppError('conflict', {
          problem: 'password_shown',
          kode,
          at: desa.firstPasswordShownAt.toISOString(),
        });
      const password = this.deps.box.decrypt(desa.firstPassword, `desa:${kode}:first_password`).reveal();
      await stores.desa.update(kode, { firstPasswordShownAt: new Date() });
      await recordAudit(stores, actor, { act: 'desa.password', object: `desa:${kode}` });
      return { username: 'admin', password };
    });
  }

  /** Checks a new host before a rollout moves the desa there. */
  async checkHost(actor: Actor, kode: string, host: string): Promise<string> {
    authorize(actor, 'desa.domain', kode);
    const wanted = host.trim().toLowerCase();
    if (!/^(?=.{1,190}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/.test(wanted))
      throw new AppError('invalid_input', { problem: 'hostname', host: wanted }, { field: 'host' });
    const owner = await this.deps.transact.read.desa.findByHost(wanted);
    if (owner !== null && owner.kode !== kode)
      throw new AppError('conflict', { problem: 'host_taken', host: wanted, kode: owner.kode }, { field: 'host' });
    return wanted;
  }

  /** Asks for a fresh look at the apps of a desa; the observer takes it up within half a minute. */
  async lookAgain(actor: Actor, kode: string): Promise<void> {
    authorize(actor, 'desa.read', kode);
    await this.deps.transact.read.instances.forgetDeep(kode);
  }

  /** Container that serves an app of a desa now; null when none. */
  async containerOf(actor: Actor, kode: string, app: string): Promise<string | null> {
    authorize(actor, 'desa.logs', kode);
    return (await this.deps.transact.read.instances.findByApp(kode, app))?.container ?? null;
  }
}
