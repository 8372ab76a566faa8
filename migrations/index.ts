import type { Migration } from './helpers';
import { migration as m0001 } from './0001-settings';
import { migration as m0002 } from './0002-users';
import { migration as m0003 } from './0003-sessions';
import { migration as m0004 } from './0004-one_time_links';
import { migration as m0005 } from './0005-audit';
import { migration as m0006 } from './0006-servers';
import { migration as m0007 } from './0007-databases';
import { migration as m0008 } from './0008-wilayah';
import { migration as m0009 } from './0009-desa';
import { migration as m0010 } from './0010-releases';
import { migration as m0011 } from './0011-instances';
import { migration as m0012 } from './0012-rollouts';
import { migration as m0013 } from './0013-deployments';
import { migration as m0014 } from './0014-deployment-steps';
import { migration as m0015 } from './0015-rollout-members';
import { migration as m0016 } from './0016-events';
import { migration as m0017 } from './0017-streams';
import { migration as m0018 } from './0018-step-log';
import { migration as m0019 } from './0019-tokens';
import { migration as m0020 } from './0020-signing-keys';
import { migration as m0021 } from './0021-dumps';
import { migration as m0022 } from './0022-archives';
import { migration as m0023 } from './0023-workers';
import { migration as m0024 } from './0024-audit-head';
import { migration as m0025 } from './0025-session-details';
import { migration as m0026 } from './0026-link-browser';
import { migration as m0027 } from './0027-app-reports';
import { migration as m0028 } from './0028-personal-tokens';
import { migration as m0029 } from './0029-idempotency-keys';
import { migration as m0030 } from './0030-heartbeats';
import { migration as m0031 } from './0031-fleet-beats';
import { migration as m0032 } from './0032-observed-since';
import { migration as m0033 } from './0033-instance-use';
import { migration as m0034 } from './0034-certificates';
import { migration as m0035 } from './0035-database-facts';
import { migration as m0036 } from './0036-chores';
import { migration as m0037 } from './0037-dump-checks';
import { migration as m0038 } from './0038-archive-checks';
import { migration as m0039 } from './0039-brand-files';
import { migration as m0040 } from './0040-certificate-files';
import { migration as m0041 } from './0041-certificate-orders';
import { migration as m0042 } from './0042-certificate-refusals';

/** Every migration in order; names carry no extension so that built and source runs agree. Forward only. */
export const migrations: readonly (readonly [name: string, migration: Migration])[] = [
  ['0001-settings', m0001],
  ['0002-users', m0002],
  ['0003-sessions', m0003],
  ['0004-one_time_links', m0004],
  ['0005-audit', m0005],
  ['0006-servers', m0006],
  ['0007-databases', m0007],
  ['0008-wilayah', m0008],
  ['0009-desa', m0009],
  ['0010-releases', m0010],
  ['0011-instances', m0011],
  ['0012-rollouts', m0012],
  ['0013-deployments', m0013],
  ['0014-deployment-steps', m0014],
  ['0015-rollout-members', m0015],
  ['0016-events', m0016],
  ['0017-streams', m0017],
  ['0018-step-log', m0018],
  ['0019-tokens', m0019],
  ['0020-signing-keys', m0020],
  ['0021-dumps', m0021],
  ['0022-archives', m0022],
  ['0023-workers', m0023],
  ['0024-audit-head', m0024],
  ['0025-session-details', m0025],
  ['0026-link-browser', m0026],
  ['0027-app-reports', m0027],
  ['0028-personal-tokens', m0028],
  ['0029-idempotency-keys', m0029],
  ['0030-heartbeats', m0030],
  ['0031-fleet-beats', m0031],
  ['0032-observed-since', m0032],
  ['0033-instance-use', m0033],
  ['0034-certificates', m0034],
  ['0035-database-facts', m0035],
  ['0036-chores', m0036],
  ['0037-dump-checks', m0037],
  ['0038-archive-checks', m0038],
  ['0039-brand-files', m0039],
  ['0040-certificate-files', m0040],
  ['0041-certificate-orders', m0041],
  ['0042-certificate-refusals', m0042],
];
