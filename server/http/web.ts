import type { Request, Response } from 'express';
import type { AppAdapter } from '../../provisioners/contracts';
import type { Action } from '../auth/permission';
import { authorize, may } from '../auth/permission';
import type { Preset } from '../config';
import type { Actor } from '../domain/actor';
import type { AuditService } from '../services/audit-service';
import type { AuthService } from '../services/auth-service';
import type { BackupService } from '../services/backup-service';
import type { BrandService } from '../services/brand-service';
import type { CertificateService } from '../services/certificate-service';
import type { MailService } from '../services/mail-service';
import type { DesaService } from '../services/desa-service';
import type { HostService } from '../services/host-service';
import type { PersonalTokenService } from '../services/personal-token-service';
import type { BoardModel } from '../services/read-models/board-model';
import type { DatabaseModel } from '../services/read-models/database-model';
import type { DesaModel } from '../services/read-models/desa-model';
import type { RolloutModel } from '../services/read-models/rollout-model';
import type { ReleaseService } from '../services/release-service';
import type { RolloutService } from '../services/rollout-service';
import type { ServerService } from '../services/server-service';
import type { SettingService } from '../services/setting-service';
import type { SetupService } from '../services/setup-service';
import type { TokenService } from '../services/token-service';
import type { UserService } from '../services/user-service';
import type { WilayahService } from '../services/wilayah-service';
import type { Transactor } from '../stores';
import { MESSAGES, type Locale, type Messages } from '../texts';
import type { Renderer } from './render';
import type { FormState, LogLineView, MenuKey, PageContext } from './view-models/common';
import type { ViewName, Views } from './view-models';
import { dressFor, zoneOfSettings } from './visit-words';

/** What every route may use. No engine: the worker acts. */
export interface WebDeps {
  readonly transact: Transactor;
  readonly apps: ReadonlyMap<string, AppAdapter>;
  readonly renderer: Renderer;
  readonly version: string;
  readonly preset: Preset;
  readonly httpsPort: number;
  readonly uploads: string;
  readonly audit: AuditService;
  readonly auth: AuthService;
  readonly personalTokens: PersonalTokenService;
  readonly users: UserService;
  readonly brand: BrandService;
  readonly mail: MailService;
  readonly certificates: CertificateService;
  readonly setup: SetupService;
  readonly settings: SettingService;
  readonly tokens: TokenService;
  readonly wilayah: WilayahService;
  readonly hosts: HostService;
  readonly releases: ReleaseService;
  readonly rollouts: RolloutService;
  readonly servers: ServerService;
  readonly backups: BackupService;
  /** Where the worker keeps them; only root may read there. */
  readonly folders: { readonly dumps: string; readonly archives: string };
  readonly desa: DesaService;
  readonly desaModel: DesaModel;
  readonly rolloutModel: RolloutModel;
  /** Last lines of a container; empty when nothing came in a moment. */
  readonly containerLog: (kode: string, app: string) => Promise<readonly LogLineView[]>;
  readonly boardModel: BoardModel;
  readonly databaseModel: DatabaseModel;
}

/** One request of a known person (or of nobody, on the few public pages). */
export interface Visit {
  readonly request: Request;
  readonly response: Response;
  readonly deps: WebDeps;
  readonly actor: Actor;
  readonly locale: Locale;
  readonly t: Messages;
  /** Text of a path parameter; '' when absent. */
  param(name: string): string;
  /** All values of a query or body field; a single one becomes a list. */
  query(name: string): readonly string[];
  body(name: string): readonly string[];
  page(): Promise<PageContext>;
  render<K extends ViewName>(view: K, model: Views[K], status?: number): Promise<void>;
  /** After a change: 303, with a sentence on the next page. */
  go(path: string, notice?: string): void;
}
export interface Route {
  readonly method: 'get' | 'post';
  readonly path: string;
  /** null = public: sign-in, set-up, appearance. */
  readonly action: Action | null;
  readonly handle: (visit: Visit) => Promise<void>;
}
export const route = (
  method: Route['method'],
  path: string,
  action: Route['action'],
  handle: Route['handle'],
): Route => ({ method, path, action, handle });

export const listOf = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
};
export const first = (values: readonly string[], otherwise = ''): string => values[0] ?? otherwise;

/** Kept values of a refused form. */
export const formOf = (body: unknown, errors: FormState['errors']): FormState => {
  const values = typeof body === 'object' && body !== null ? Object.entries(body as Record<string, unknown>) : [];
  const kept = values.filter(([name]) => name !== '_csrf' && name !== 'password' && name !== 'token');
  return { values: Object.fromEntries(kept.map(([name, value]) => [name, listOf(value)])), errors };
};

export interface Session {
  readonly actor: Actor | null;
  readonly user: PageContext['user'];
  readonly csrf: string;
  readonly nonce: string;
  readonly theme: PageContext['theme'];
  readonly locale: Locale;
}
/** Pages there are, each with the right that opens it. */
const MENU: readonly (readonly [MenuKey, Action])[] = [
  ['overview', 'desa.read'],
  ['desa', 'desa.read'],
  ['releases', 'release.read'],
  ['rollouts', 'rollout.read'],
  ['servers', 'server.read'],
  ['databases', 'database.read'],
  ['backups', 'backup.read'],
  ['audit', 'audit.read'],
  ['settings', 'settings.read'],
];
const menuOf = (actor: Actor | null): readonly MenuKey[] =>
  actor === null ? [] : MENU.flatMap(([key, action]) => (may(actor, action) ? [key] : []));

const pageContext = async (deps: WebDeps, request: Request, session: Session): Promise<PageContext> => {
  const { settings, logo } = await dressFor(deps);
  const { locale, theme, nonce, csrf, user } = session;
  return {
    locale,
    theme,
    nonce,
    csrf,
    user,
    menu: menuOf(session.actor),
    path: request.originalUrl,
    now: new Date().toISOString(),
    zone: zoneOfSettings(settings),
    version: deps.version,
    kabupaten: settings.kabupaten?.nama.replace(/^Kabupaten /, 'Kab. ') ?? null,
    office: settings.brandName ?? 'Diskominfo',
    brand: {
      logo: logo === null ? null : `/merek/logo?v=${logo.slice(0, 12)}`,
      sheet: settings.brandColor === null ? null : `/merek/warna.css?v=${settings.brandColor.slice(1)}`,
    },
    notice: takeNotice(request),
  };
};

/** Builds the visit of a request; the action is authorized before the handler sees it. */
export const makeVisit = (
  deps: WebDeps,
  request: Request,
  response: Response,
  session: Session,
  actor: Actor,
  action: Action | null,
): Visit => {
  if (action !== null)
    authorize(actor, action, typeof request.params['kode'] === 'string' ? request.params['kode'] : undefined);
  const page = (): Promise<PageContext> => pageContext(deps, request, session);
  return {
    request,
    response,
    deps,
    actor,
    locale: session.locale,
    t: MESSAGES[session.locale],
    param: (name) => first(listOf(request.params[name])),
    query: (name) => listOf(request.query[name] ?? request.query[`${name}[]`]),
    body: (name) => {
      const body = (request.body ?? {}) as Record<string, unknown>;
      return listOf(body[name] ?? body[`${name}[]`]);
    },
    page,
    async render(view, model, status = 200) {
      const html = deps.renderer.render(view, model, await page());
      response.status(status).set('Cache-Control', 'no-store').type('html').send(html);
    },
    go(path, notice) {
      if (notice !== undefined) request.session.notice = notice;
      response.redirect(303, path);
    },
  };
};
const takeNotice = (request: Request): PageContext['notice'] => {
  const text = request.session?.notice;
  if (text === undefined) return null;
  delete request.session.notice;
  return { tone: 'ok', text };
};
