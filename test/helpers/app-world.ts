import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import type {
  AppAdapter,
  DatabaseServer,
  InstanceContext,
  Task,
  TaskVerdict,
  Wilayah,
} from '../../provisioners/contracts';
import { app as api } from '../../provisioners/apps/api';
import { app as opensid } from '../../provisioners/apps/opensid';
import { app as pbb } from '../../provisioners/apps/pbb';
import { makeMariadb } from '../../provisioners/databases/mariadb/mariadb';
import { AppBench, type Served } from './app-bench';
import { contextOf } from './app-context';
import { startMariadb, type TestMariadb } from './mariadb';

export const APPS = { opensid, pbb, api } as const;
export type AppName = keyof typeof APPS;
export type SampleVersion = '2409.0.0' | '2410.0.0';
type TaskName = 'provision' | 'migrate' | 'followUp';

const SAMPLES = join(__dirname, '../../deploy-templates/samples');
const GABUNGAN = 'gabungan';
const OWNER = { user: 'opensid_pemilik', password: 'pemilik-pemilik-pemilik' };
const VILLAGE_PASSWORD = "desa'\\desa-desa-desa";

export const sampleTree = (app: AppName, version: SampleVersion): string => join(SAMPLES, `${app}-${version}`);

/** One engine, one MariaDB, one gabungan schema with the template desa, and the samples as images. */
export class AppWorld {
  readonly bench: AppBench;
  #mariadb: TestMariadb | null = null;
  #server: DatabaseServer | null = null;
  #gateway = '';
  readonly #images = new Map<string, Promise<string>>();

  constructor(name: string) {
    this.bench = new AppBench(name);
  }

  async open(): Promise<void> {
    this.#gateway = await this.bench.open();
    this.#mariadb = await startMariadb({ bindAddress: '0.0.0.0' });
    const { socketPath, adminUser: user, adminPassword: password, port } = this.#mariadb;
    this.#server = makeMariadb({ connection: { socketPath, user, password }, endpointPort: port });
    await this.database.ensureSchema(GABUNGAN, 'utf8');
    await this.#owner(GABUNGAN);
  }

  async close(): Promise<void> {
    await this.#server?.close();
    await this.bench.close();
    await this.#mariadb?.stop();
  }

  get database(): DatabaseServer {
    if (this.#server === null) throw new Error('open() first');
    return this.#server;
  }

  schemaOf(app: AppName, wilayah: Wilayah): string {
    return app === 'pbb' ? `pbb_${wilayah.kodeAngka}` : GABUNGAN;
  }

  #owner(schema: string): Promise<void> {
    return this.database.ensureUser({ name: OWNER.user, password: OWNER.password, schema, grant: 'owner' });
  }

  /** Image of a sample, or of `tree` when a test changed a copy. */
  image(app: AppName, version: SampleVersion, tree = sampleTree(app, version)): Promise<string> {
    const known = this.#images.get(tree);
    if (known !== undefined) return known;
    // The oldest line the sample runs on; the API's real line is 8.4, where the sample runs too.
    const made = this.bench.image(APPS[app], tree, version, APPS[app].phpLines[0] ?? '8.2');
    this.#images.set(tree, made);
    return made;
  }

  ctx(app: AppName, wilayah: Wilayah, version: SampleVersion): InstanceContext {
    const schema = this.schemaOf(app, wilayah);
    const user = `${app === 'pbb' ? 'pbb' : 'desa'}_${wilayah.kodeAngka}`;
    const host = this.#gateway;
    const port = this.database.endpoint.port;
    return contextOf(app, wilayah, version, { host, port, schema, user, password: VILLAGE_PASSWORD }, OWNER);
  }

  async task(app: AppName, name: TaskName, ctx: InstanceContext, image?: string): Promise<TaskVerdict> {
    const adapter: AppAdapter = APPS[app];
    const make: ((ctx: InstanceContext) => Task) | undefined = adapter.tasks[name];
    if (make === undefined) throw new Error(`${app} has no ${name}`);
    const from = image ?? (await this.image(app, ctx.version as SampleVersion));
    return adapter.judge(name, await this.bench.once(adapter, ctx, from, make(ctx)));
  }

  /** Runs a statement as somebody else; what the server said against it, '' when nothing. */
  async queryAs(user: string, password: string, schema: string, sql: string): Promise<string> {
    const port = this.database.endpoint.port;
    const connection = await createConnection({ host: '127.0.0.1', port, user, password, database: schema });
    try {
      await connection.query(sql);
      return '';
    } catch (error) {
      return error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error)
        ? String(error.message)
        : '?';
    } finally {
      await connection.end();
    }
  }

  /** The gabungan schema with its template tenant and guards. */
  async template(version: SampleVersion): Promise<InstanceContext> {
    if (opensid.template === undefined) throw new Error('no template');
    const ctx = this.ctx('opensid', opensid.template, version);
    await this.bench.prepare(opensid, ctx);
    for (const name of ['provision', 'migrate'] as const) this.#mustBeOk(await this.task('opensid', name, ctx));
    for (const sql of opensid.guards?.() ?? []) await this.database.query(GABUNGAN, sql, []);
    return ctx;
  }

  #mustBeOk(verdict: TaskVerdict): void {
    if (!verdict.ok) throw new Error(JSON.stringify(verdict));
  }

  /** Volumes, tenant, first settings and the user that may not change the structure. */
  async install(app: AppName, wilayah: Wilayah, version: SampleVersion): Promise<TaskVerdict | null> {
    const ctx = this.ctx(app, wilayah, version);
    const schema = this.schemaOf(app, wilayah);
    if (app === 'pbb') {
      await this.database.ensureSchema(schema, 'utf8mb4');
      await this.#owner(schema);
    }
    await this.database.ensureUser({
      name: ctx.database?.user ?? '',
      password: VILLAGE_PASSWORD,
      schema,
      grant: 'dml',
    });
    await this.bench.prepare(APPS[app], ctx);
    const adapter: AppAdapter = APPS[app];
    if (adapter.tasks.provision === undefined) return null;
    const verdict = await this.task(app, 'provision', ctx);
    this.#mustBeOk(verdict);
    const tenantId = typeof verdict.facts['tenantId'] === 'number' ? verdict.facts['tenantId'] : null;
    const adminPasswordHash = `$2y$10$${'a'.repeat(53)}`;
    for (const one of adapter.afterProvision?.({ ...ctx, tenantId, adminPasswordHash }) ?? [])
      await this.database.query(schema, one.sql, one.values);
    return verdict;
  }

  async serve(app: AppName, wilayah: Wilayah, version: SampleVersion, image?: string): Promise<Served> {
    const ctx = this.ctx(app, wilayah, version);
    return this.bench.serve(APPS[app], ctx, image ?? (await this.image(app, version)));
  }
}
