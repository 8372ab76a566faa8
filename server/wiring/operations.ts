import { AuditService } from '../services/audit-service';
import { DesaService } from '../services/desa-service';
import type { OperationDeps } from '../services/operations/operation';
import { DesaModel } from '../services/read-models/desa-model';
import { RolloutModel } from '../services/read-models/rollout-model';
import type { Control } from './control';

/** What REST and terminal act with. */
export const operationDeps = (control: Control, containerLog: OperationDeps['containerLog']): OperationDeps => {
  const { transact, apps, box, config, services } = control;
  return {
    ...services,
    transact,
    apps,
    audit: new AuditService(transact),
    desa: new DesaService({ transact, box }),
    desaModel: new DesaModel({ transact, apps, httpsPort: config.httpsPort }),
    rolloutModel: new RolloutModel(transact),
    containerLog,
  };
};
