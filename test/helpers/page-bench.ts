import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import express, { type NextFunction, type Request, type Response } from 'express';
import session from 'express-session';
import supertest from 'supertest';
import { loadApps } from '../../provisioners/registry';
import { sshMachines } from '../../provisioners/servers';
import { ensureKeyFile, openSecretBox } from '../../server/auth/secret-box';
import { TERMINAL, type Actor } from '../../server/domain/actor';
import { AppError, httpStatusOf } from '../../server/domain/errors';
import { createRenderer, findViewsDir } from '../../server/http/render';
import { importUpload, logoUpload } from '../../server/http/routes/upload';
import { makeVisit, type Route, type WebDeps } from '../../server/http/web';
import { sendLetter } from '../../server/mail/mailer';
import { AuditService } from '../../server/services/audit-service';
import { AuthService } from '../../server/services/auth-service';
import { BackupService } from '../../server/services/backup-service';
import { BrandService } from '../../server/services/brand-service';
import { CertificateService } from '../../server/services/certificate-service';
import { MailService } from '../../server/services/mail-service';
import { DesaService } from '../../server/services/desa-service';
import { HostService } from '../../server/services/host-service';
import { PersonalTokenService } from '../../server/services/personal-token-service';
import { BoardModel } from '../../server/services/read-models/board-model';
import { DatabaseModel } from '../../server/services/read-models/database-model';
import { DesaModel } from '../../server/services/read-models/desa-model';
import { RolloutModel } from '../../server/services/read-models/rollout-model';
import { ReleaseService } from '../../server/services/release-service';
import { RolloutService } from '../../server/services/rollout-service';
import { ServerService } from '../../server/services/server-service';
import { SettingService } from '../../server/services/setting-service';
import { SetupService } from '../../server/services/setup-service';
import { TokenService } from '../../server/services/token-service';
import { UserService } from '../../server/services/user-service';
import { WilayahService } from '../../server/services/wilayah-service';
import { startControlDatabase, type ControlDatabase } from './control-database';
import { regionSource } from './small-region';

/** Pages on a real control database, without sign-in: every request comes from `actor`. */
export interface PageBench {
  readonly control: ControlDatabase;
  readonly deps: WebDeps;
  readonly folder: string;
  readonly web: ReturnType<typeof supertest>;
  /** Who asks from now on; the terminal at first. */
  actor: Actor;
  stop(): Promise<void>;
}
const ASSETS = ['app.css', 'page.js', 'live.js', 'icons.svg', 'plus-jakarta-sans.woff2'];
const makeDeps = async (control: ControlDatabase, folder: string): Promise<WebDeps> => {
  const transact = control.transactor;
  const keys = path.join(folder, 'keys');
  ensureKeyFile(keys, process.getgid?.() ?? 0);
  const box = openSecretBox(keys);
  const apps = await loadApps();
  const hosts = new HostService();
  const auth = new AuthService(transact);
  const regions = regionSource();
  const assets = Object.fromEntries(ASSETS.map((name) => [name, `/assets/${name}`]));
  return {
    transact,
    apps,
    renderer: createRenderer({ viewsDir: findViewsDir(__dirname), assets, templates: 'kept' }),
    version: '1.0.0',
    preset: 'demo',
    httpsPort: 8443,
    uploads: folder,
    audit: new AuditService(transact),
    users: new UserService(transact),
    brand: new BrandService(transact),
    mail: new MailService({ transact, box, send: sendLetter }),
    certificates: new CertificateService({ transact, box }),
    auth,
    setup: new SetupService({ transactor: transact, regions, previewHosts: hosts.preview, auth }),
    settings: new SettingService(transact),
    tokens: new TokenService({ transactor: transact, box, httpsPort: 8443 }),
    wilayah: new WilayahService({ transactor: transact, bundled: regions, openFile: async () => regions }),
    hosts,
    releases: new ReleaseService({ transact, apps, box }),
    rollouts: new RolloutService({
      transact,
      apps,
      installation: 't-pages',
      hostsFor: (stores, kodes) => hosts.hostsFor(stores, kodes),
      defaults: async () => ({ databaseId: 'DB', serverId: 'SV' }),
      ring: () => undefined,
    }),
    personalTokens: new PersonalTokenService(transact),
    servers: new ServerService({ transactor: transact, access: sshMachines }),
    backups: new BackupService(transact),
    folders: { dumps: folder, archives: folder },
    desa: new DesaService({ transact, box }),
    desaModel: new DesaModel({ transact, apps, httpsPort: 8443 }),
    rolloutModel: new RolloutModel(transact),
    boardModel: new BoardModel(transact),
    databaseModel: new DatabaseModel(transact, apps),
    containerLog: async (kode, app) => [
      { at: '2026-11-21T13:58:14.000Z', level: 'error', text: `${kode} ${app} fatal` },
    ],
  };
};

export const startPages = async (routes: readonly Route[]): Promise<PageBench> => {
  const control = await startControlDatabase();
  const folder = mkdtempSync(path.join(tmpdir(), 't-pages-'));
  const deps = await makeDeps(control, folder);
  const app = express().use(express.urlencoded({ extended: false }));
  app.use(session({ secret: 't', resave: false, saveUninitialized: true }));
  app.post('/rilis/impor', importUpload(folder));
  app.post('/pengaturan/logo', logoUpload());
  const bench: PageBench = {
    control,
    deps,
    folder,
    web: supertest(app),
    actor: TERMINAL,
    async stop() {
      await control.stop();
      rmSync(folder, { recursive: true });
    },
  };
  const page = { actor: null, user: null, csrf: 'c', nonce: 'n', theme: null, locale: 'id' } as const;
  for (const one of routes)
    app[one.method](one.path, (request: Request, response: Response) =>
      one.handle({
        ...makeVisit(deps, request, response, page, bench.actor, one.action),
        go: (to) => response.redirect(303, to),
      }),
    );
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    response.status(httpStatusOf(error)).send(error instanceof AppError ? error.code : String(error));
  });
  return bench;
};
