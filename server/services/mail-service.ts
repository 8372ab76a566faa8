import { authorize } from '../auth/permission';
import type { SecretBox } from '../auth/secret-box';
import type { Actor } from '../domain/actor';
import { accentOf, DEFAULT_COLOR } from '../domain/brand';
import { AppError } from '../domain/errors';
import { Secret } from '../domain/secret';
import type { MailSettings } from '../domain/settings';
import { letterOf } from '../mail/letter';
import type { SendLetter } from '../mail/mailer';
import type { Stores, Transactor } from '../stores';
import { recordAudit } from './audit-service';
import { loadSettings, parseSetting, writeSettings } from './setting-service';

/** Beside the settings, because settings are shown and this is not. */
const PASSWORD = 'mailPassword';
const TESTED = 'mailTested';
const CONTEXT = 'setting:mailPassword';

export interface MailState {
  readonly settings: MailSettings | null;
  readonly password: 'kept' | 'none';
  /** When a test letter was taken by the server with these settings. */
  readonly testedAt: string | null;
}
export interface MailDeps {
  readonly transact: Transactor;
  readonly box: SecretBox;
  readonly send: SendLetter;
}

/** The mail server of the office: kept, and proven by a letter that arrives. */
export class MailService {
  private readonly deps: MailDeps;
  constructor(deps: MailDeps) {
    this.deps = deps;
  }

  async state(actor: Actor): Promise<MailState> {
    authorize(actor, 'settings.read');
    const { read } = this.deps.transact;
    const [{ mail }, stored] = await Promise.all([loadSettings(read), read.settings.all()]);
    const tested = stored.get(TESTED);
    return {
      settings: mail,
      password: typeof stored.get(PASSWORD) === 'string' ? 'kept' : 'none',
      testedAt: typeof tested === 'string' ? tested : null,
    };
  }

  /** `password`: null keeps the one there is, '' takes it away. All or nothing. */
  async change(actor: Actor, mail: unknown, password: string | null): Promise<void> {
    authorize(actor, 'settings.write');
    const change = parseSetting('mail', mail);
    await this.deps.transact.run(async (stores) => {
      if (change.value === null) await forget(stores, PASSWORD);
      else if (password !== null) await this.keepPassword(stores, password);
      await forget(stores, TESTED);
      await writeSettings(stores, actor, [change]);
      if (password !== null && change.value !== null)
        await recordAudit(stores, actor, {
          act: 'setting.change',
          object: 'setting:mailPassword',
          after: { kept: password !== '' },
        });
    });
  }

  /** A letter to `to` with what is kept; returns the server's answer. AppError('mail_failed') at field `mail`. */
  async test(
    actor: Actor,
    to: string,
    words: { readonly subject: string; readonly lines: readonly string[] },
  ): Promise<string> {
    authorize(actor, 'settings.write');
    const { read } = this.deps.transact;
    const settings = await loadSettings(read);
    if (settings.mail === null) throw new AppError('invalid_input', { problem: 'mail_none' }, { field: 'mail' });
    const logo = await read.brand.find('logo');
    const head = {
      office: settings.brandName ?? 'SiapPakai',
      kabupaten: settings.kabupaten?.nama ?? '',
      color: accentOf(settings.brandColor ?? DEFAULT_COLOR).light.accent,
      withLogo: logo !== null,
    };
    const letter = { to, subject: words.subject, ...letterOf(head, words.subject, words.lines), logo };
    const answer = await this.deps.send(settings.mail, await this.password(read), letter);
    await this.deps.transact.run(async (stores) => {
      await stores.settings.put(TESTED, new Date().toISOString());
      await recordAudit(stores, actor, { act: 'mail.test', object: `user:${to}`, after: { answer } });
    });
    return answer;
  }

  private async keepPassword(stores: Stores, password: string): Promise<void> {
    if (password === '') await forget(stores, PASSWORD);
    else await stores.settings.put(PASSWORD, this.deps.box.encrypt(new Secret(password), CONTEXT));
  }
  private async password(stores: Stores): Promise<Secret | null> {
    const stored = (await stores.settings.all()).get(PASSWORD);
    return typeof stored === 'string' ? this.deps.box.decrypt(stored, CONTEXT) : null;
  }
}
const forget = (stores: Stores, key: string): Promise<void> => stores.settings.remove(key);
