import { z } from 'zod';
import type { AppAdapter } from '../../../provisioners/contracts';
import { authorize, type Action } from '../../auth/permission';
import type { Actor } from '../../domain/actor';
import type { Reason } from '../../domain/deployment';
import type { Transactor } from '../../stores';
import type { AuditService } from '../audit-service';
import type { AuthService } from '../auth-service';
import type { BackupService } from '../backup-service';
import type { BrandService } from '../brand-service';
import type { CertificateService } from '../certificate-service';
import type { DesaService } from '../desa-service';
import type { HostService } from '../host-service';
import type { MailService } from '../mail-service';
import type { PersonalTokenService } from '../personal-token-service';
import type { DatabaseModel } from '../read-models/database-model';
import type { DesaModel } from '../read-models/desa-model';
import type { RolloutModel } from '../read-models/rollout-model';
import type { ReleaseService } from '../release-service';
import type { RolloutService } from '../rollout-service';
import type { ServerService } from '../server-service';
import type { SettingService } from '../setting-service';
import type { TokenService } from '../token-service';
import type { UserService } from '../user-service';
import type { WilayahService } from '../wilayah-service';
import { nothing } from './fields';
import { readInput } from './input';

/** The services an operation may call; web and terminal have the same ones. */
export interface OperationDeps {
  readonly transact: Transactor;
  readonly apps: ReadonlyMap<string, AppAdapter>;
  readonly audit: AuditService;
  readonly auth: AuthService;
  readonly backups: BackupService;
  readonly brand: BrandService;
  readonly certificates: CertificateService;
  readonly personalTokens: PersonalTokenService;
  readonly settings: SettingService;
  readonly tokens: TokenService;
  readonly users: UserService;
  readonly wilayah: WilayahService;
  readonly hosts: HostService;
  readonly mail: MailService;
  readonly releases: ReleaseService;
  readonly rollouts: RolloutService;
  readonly servers: ServerService;
  readonly desa: DesaService;
  readonly databaseModel: DatabaseModel;
  readonly desaModel: DesaModel;
  readonly rolloutModel: RolloutModel;
  /** Last lines of the container that serves an app; `at` and `level` where they are known. */
  readonly containerLog: (kode: string, app: string) => Promise<readonly LogLine[]>;
}
interface LogLine {
  readonly at: string | null;
  readonly level: 'info' | 'dim' | 'warn' | 'error' | null;
  readonly text: string;
}
export interface OperationContext {
  readonly deps: OperationDeps;
  readonly actor: Actor;
  /** Whose own things are meant; the terminal names somebody. */
  readonly account: string;
  /** A reason in the reader's language. */
  readonly sentence: (reason: Reason) => string;
}

export type Shape = z.ZodObject;
export interface RawInput {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}
export interface Answer<A = unknown> {
  readonly document: A;
  /** Cursor of the next page of a list; null on its last page. */
  readonly next: string | null;
}
export interface Doors {
  readonly name: string;
  /** What it does, for reference documents and `--help`. */
  readonly summary: string;
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** Below `/api/v1`, e.g. `/desa/{kode}`. */
  readonly path: string;
  /** null = one's own things: signing in is enough. */
  readonly action: Action | null;
  /** Commands of the terminal that do it. */
  readonly cli: readonly [string, ...string[]];
  /** Pages and forms that do it, e.g. `get /desa`. */
  readonly screens: readonly [string, ...string[]];
  /** Of a good answer; 200 when not said. */
  readonly status?: 201 | 202;
  /** Not with a personal token. */
  readonly by?: 'session';
  /** Its answer holds something that is shown once: it is not kept for repeated requests. */
  readonly secret?: true;
}
/** One thing people can do, whichever door they come through: REST, terminal or screen. */
export interface Operation extends Doors {
  readonly kind: 'one' | 'list';
  readonly params: Shape;
  readonly query: Shape;
  readonly body: Shape;
  readonly answer: z.ZodType;
  /** Names of the columns as CSV; empty = no CSV. */
  readonly columns: readonly string[];
  /** Checks right and input, acts, and gives a document that fits `answer`. */
  readonly handle: (context: OperationContext, raw: RawInput) => Promise<Answer>;
  /** The document of a list as CSV. */
  readonly csv: (document: unknown) => string;
}
/** Called from our own code: fields of path, query and body together. */
export interface OneOperation<I, A> extends Operation {
  readonly call: (context: OperationContext, input: I) => Promise<A>;
}
/** Fields of a part; a part without fields adds none. */
export type Fields<S extends Shape> = string extends keyof z.output<S> ? unknown : z.output<S>;
export type Given<S extends Shape> = string extends keyof z.input<S> ? unknown : z.input<S>;
export interface Parts<P extends Shape, Q extends Shape, B extends Shape> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
}
export type Empty = typeof nothing;

/** Right and input of a call; the fields of all parts together. */
export const readParts = (
  doors: Doors,
  shapes: Required<Parts<Shape, Shape, Shape>>,
  actor: Actor,
  raw: RawInput,
): object => {
  const params = readInput(shapes.params, raw.params ?? {});
  const { kode } = params;
  if (doors.action !== null) authorize(actor, doors.action, typeof kode === 'string' ? kode : undefined);
  return { ...params, ...readInput(shapes.query, raw.query ?? {}), ...readInput(shapes.body, raw.body ?? {}) };
};
/** Fields that no part knows are refused where most fields are: the body, else the query. */
export const splitParts = (doors: Doors, shapes: Required<Parts<Shape, Shape, Shape>>, input: object): RawInput => {
  const of = (shape: Shape): object =>
    Object.fromEntries(Object.entries(input).filter(([name]) => Object.hasOwn(shape.shape, name)));
  const known = [shapes.params, shapes.query, shapes.body].flatMap((shape) => Object.keys(shape.shape));
  const rest = Object.fromEntries(Object.entries(input).filter(([name]) => !known.includes(name)));
  const [query, body] = [of(shapes.query), of(shapes.body)];
  const hasBody = doors.method === 'post' || doors.method === 'patch';
  return hasBody
    ? { params: of(shapes.params), query, body: { ...body, ...rest } }
    : { params: of(shapes.params), query: { ...query, ...rest }, body };
};

export const operation = <
  A extends z.ZodType,
  P extends Shape = Empty,
  Q extends Shape = Empty,
  B extends Shape = Empty,
>(
  definition: Doors &
    Parts<P, Q, B> & {
      readonly answer: A;
      readonly run: (context: OperationContext, input: Fields<P> & Fields<Q> & Fields<B>) => Promise<z.input<A>>;
    },
): OneOperation<Given<P> & Given<Q> & Given<B> & object, z.output<A>> => {
  const { params = nothing, query = nothing, body = nothing, answer, run, ...doors } = definition;
  const shapes = { params, query, body };
  const act = async (context: OperationContext, raw: RawInput): Promise<z.output<A>> => {
    const input = readParts(doors, shapes, context.actor, raw) as Fields<P> & Fields<Q> & Fields<B>;
    return answer.parse(await run(context, input));
  };
  return {
    ...doors,
    ...shapes,
    answer,
    kind: 'one',
    columns: [],
    handle: async (context, raw) => ({ document: await act(context, raw), next: null }),
    csv: () => '',
    call: (context, input) => act(context, splitParts(doors, shapes, input)),
  };
};
