import type { DeploymentKind } from '../../../server/domain/deployment';
import { FORWARD_ONLY } from '../../../server/domain/step';
import { planDeployment, type PlanRequest } from '../../../server/rollouts/plans';

const request = (kind: DeploymentKind, more: Partial<PlanRequest> = {}): PlanRequest => ({
  kind,
  app: { database: 'shared', holdsTraffic: false, tasks: { provision: true, migrate: true } },
  instance: { slot: 'a', releaseId: 'old' },
  releaseId: 'new',
  host: 'h.localhost',
  soakSeconds: 60,
  ...more,
});
const own: PlanRequest['app'] = { database: 'own', holdsTraffic: true, tasks: { provision: true, migrate: true } };
const none: PlanRequest['app'] = { database: 'borrowed', holdsTraffic: false, tasks: {} };
const kinds = (given: PlanRequest): string =>
  planDeployment(given)
    .map((one) => one.kind)
    .join(' ');
const REPLACE = 'put_files start_release await_healthy switch_traffic verify_public';

it.each([
  [
    'install',
    undefined,
    `ensure_image ensure_network ensure_storage ensure_tenant_user provision_tenant await_follow_up tenant_defaults ${REPLACE} retire_release`,
  ],
  [
    'install',
    own,
    `ensure_image ensure_network ensure_storage ensure_own_schema migrate_own ${REPLACE} retire_release`,
  ],
  ['install', none, `ensure_image ensure_network ensure_storage ${REPLACE} retire_release`],
  ['update', undefined, `ensure_image ${REPLACE} soak retire_release`],
  [
    'update',
    own,
    'ensure_image put_files hold_traffic dump_own migrate_own start_release await_healthy switch_traffic verify_public soak retire_release',
  ],
  ['update', none, `ensure_image ${REPLACE} soak retire_release`],
  ['rollback', own, `ensure_image ${REPLACE} soak retire_release`],
  ['restart', undefined, `ensure_image ${REPLACE} retire_release`],
  ['domain', undefined, `ensure_image ${REPLACE} retire_release`],
  ['stop', undefined, 'close_route stop_instance'],
  ['start', undefined, 'start_instance await_healthy open_route verify_public'],
  ['remove', undefined, 'close_route archive_instance remove_containers remove_tenant remove_storage'],
  ['remove', own, 'close_route archive_instance remove_containers remove_own_schema remove_storage'],
  ['remove', none, 'close_route archive_instance remove_containers remove_storage'],
  ['snapshot', undefined, 'dump_schema'],
  ['prepare', undefined, 'prepare_schema'],
  ['migrate', undefined, 'migrate_schema'],
  ['follow_up', undefined, 'follow_up_schema'],
] as const)('%s %j', (kind, app, expected) => {
  expect(kinds(request(kind, app === undefined ? {} : { app }))).toBe(expected);
});

it('puts the new release beside the old one, on the other slot', () => {
  for (const [slot, other] of [
    ['a', 'b'],
    ['b', 'a'],
    [null, 'a'],
  ] as const) {
    const plan = planDeployment(request('update', { instance: { slot, releaseId: 'old' } }));
    const slots = plan.flatMap((one) => ('slot' in one.args ? [one.args.slot] : []));
    expect(new Set(slots)).toEqual(new Set([other]));
  }
});
it('waits for the slot that is there when a stopped one starts', () => {
  const plan = planDeployment(request('start', { instance: { slot: 'b', releaseId: 'old' } }));
  expect(plan.find((one) => one.kind === 'await_healthy')?.args).toMatchObject({ slot: 'b' });
});
it('soaks only when it is to soak', () => {
  expect(kinds(request('update', { soakSeconds: 0 }))).not.toContain('soak');
});
it('archives before anything is taken away, and takes away only behind the point of no return', () => {
  for (const app of [request('remove').app, own, none]) {
    const plan = planDeployment(request('remove', { app })).map((one) => one.kind);
    const first = plan.findIndex((kind) => FORWARD_ONLY.has(kind));
    expect(plan.indexOf('archive_instance')).toBeLessThan(first);
    expect(plan.slice(first).every((kind) => FORWARD_ONLY.has(kind))).toBe(true);
  }
});
it('is the same for the same request', () => {
  expect(planDeployment(request('install'))).toEqual(planDeployment(request('install')));
});
