import { createHash } from 'node:crypto';
import { authorize } from '../auth/permission';
import type { Actor } from '../domain/actor';
import { pictureType } from '../domain/brand';
import { AppError } from '../domain/errors';
import type { Transactor } from '../stores';
import type { BrandFile } from '../stores/brand-store';
import { recordAudit } from './audit-service';

const LOGO = 'logo';
export const LOGO_BYTES = 256 * 1024;

/** The office's own logo. Public: it stands on the sign-in page. */
export class BrandService {
  private readonly transact: Transactor;
  constructor(transact: Transactor) {
    this.transact = transact;
  }

  async logo(): Promise<BrandFile | null> {
    return this.transact.read.brand.find(LOGO);
  }

  /** null takes it away. AppError at field `logo` when it is too large or no PNG, JPEG or WebP by its content. */
  async setLogo(actor: Actor, content: Buffer | null): Promise<void> {
    authorize(actor, 'settings.write');
    if (content === null) return this.write(actor, null);
    const type = pictureType(content);
    if (type === null) throw new AppError('invalid_input', { problem: 'logo_type' }, { field: 'logo' });
    if (content.length > LOGO_BYTES)
      throw new AppError('invalid_input', { problem: 'logo_size', most: LOGO_BYTES / 1024 }, { field: 'logo' });
    return this.write(actor, { type, sha256: createHash('sha256').update(content).digest('hex'), content });
  }

  private async write(actor: Actor, file: BrandFile | null): Promise<void> {
    await this.transact.run(async (stores) => {
      const before = await stores.brand.hashOf(LOGO);
      if (before === (file?.sha256 ?? null)) return;
      if (file === null) await stores.brand.remove(LOGO);
      else await stores.brand.put(LOGO, file);
      const shown = (sha256: string | null) => (sha256 === null ? null : { sha256: sha256.slice(0, 12) });
      await recordAudit(stores, actor, {
        act: 'brand.logo',
        object: 'setting:logo',
        before: shown(before),
        after: shown(file?.sha256 ?? null),
      });
    });
  }
}
