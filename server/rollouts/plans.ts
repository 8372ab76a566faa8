import type { AppAdapter } from '../../provisioners/contracts';
import type { DeploymentKind } from '../domain/deployment';
import { otherSlot, type Instance } from '../domain/instance';
import { step, type PlannedStep, type Slot } from '../domain/step';

export interface PlanRequest {
  readonly kind: DeploymentKind;
  readonly app: Pick<AppAdapter, 'database' | 'holdsTraffic'> & {
    readonly tasks: { readonly provision?: unknown; readonly migrate?: unknown };
  };
  readonly instance: Pick<Instance, 'slot' | 'releaseId'>;
  readonly releaseId: string;
  readonly host: string;
  readonly soakSeconds: number;
}

/** New beside old → private probe → switch → public proof → soak → retire. */
const replace = (
  request: PlanRequest,
  before: readonly PlannedStep[],
  hold: readonly PlannedStep[],
): readonly PlannedStep[] => {
  const { releaseId, host } = request;
  const slot: Slot = otherSlot(request.instance.slot);
  return [
    step('ensure_image', { releaseId }),
    ...before,
    step('put_files', { releaseId, slot, host }),
    ...hold,
    step('start_release', { releaseId, slot }),
    step('await_healthy', { releaseId, slot, host }),
    step('switch_traffic', { releaseId, slot, host }),
    step('verify_public', { releaseId }),
    ...(request.soakSeconds > 0 ? [step('soak', { releaseId, seconds: request.soakSeconds })] : []),
    step('retire_release', {}),
  ];
};
const ownMigration = (request: PlanRequest): readonly PlannedStep[] => [
  ...(request.app.holdsTraffic ? [step('hold_traffic', {})] : []),
  step('dump_own', {}),
  step('migrate_own', { releaseId: request.releaseId }),
];
const install = (request: PlanRequest): readonly PlannedStep[] => {
  const { releaseId } = request;
  const database: Readonly<Record<AppAdapter['database'], readonly PlannedStep[]>> = {
    shared: [
      step('ensure_tenant_user', {}),
      step('provision_tenant', { releaseId }),
      step('await_follow_up', {}),
      step('tenant_defaults', {}),
    ],
    own: [step('ensure_own_schema', { releaseId }), step('migrate_own', { releaseId })],
    borrowed: [],
    none: [],
  };
  return replace(
    { ...request, soakSeconds: 0 },
    [step('ensure_network', {}), step('ensure_storage', {}), ...database[request.app.database]],
    [],
  );
};

const PLANS: Readonly<Record<DeploymentKind, (request: PlanRequest) => readonly PlannedStep[]>> = {
  install,
  update: (request) =>
    replace(
      request,
      [],
      request.app.database === 'own' && request.app.tasks.migrate !== undefined ? ownMigration(request) : [],
    ),
  rollback: (request) => replace(request, [], []),
  restart: (request) => replace({ ...request, soakSeconds: 0 }, [], []),
  domain: (request) => replace({ ...request, soakSeconds: 0 }, [], []),
  stop: () => [step('close_route', { mode: 'closed' }), step('stop_instance', {})],
  start: ({ releaseId, host, instance }) => [
    step('start_instance', {}),
    step('await_healthy', { releaseId, slot: instance.slot ?? 'a', host }),
    step('open_route', {}),
    step('verify_public', { releaseId }),
  ],
  remove: (request) => [
    step('close_route', { mode: 'closed' }),
    step('archive_instance', {}),
    step('remove_containers', {}),
    ...(request.app.database === 'shared' ? [step('remove_tenant', {})] : []),
    ...(request.app.database === 'own' ? [step('remove_own_schema', {})] : []),
    step('remove_storage', {}),
  ],
  snapshot: () => [step('dump_schema', {})],
  prepare: ({ releaseId }) => [step('prepare_schema', { releaseId })],
  migrate: ({ releaseId }) => [step('migrate_schema', { releaseId })],
  follow_up: ({ releaseId }) => [step('follow_up_schema', { releaseId })],
};

/** The frozen steps of one deployment. Pure: what was shown is what runs. */
export const planDeployment = (request: PlanRequest): readonly PlannedStep[] => PLANS[request.kind](request);
