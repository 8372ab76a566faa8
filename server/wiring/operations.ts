import type { MachineAccess } from '../../provisioners/contracts';
import { AuditService } from '../services/audit-service';
import { sendLetter } from '../mail/mailer';
import { BackupService } from '../services/backup-service';
import { BrandService } from '../services/brand-service';
import { CertificateService } from '../services/certificate-service';
import { DesaService } from '../services/desa-service';
import { MailService } from '../services/mail-service';
import type { OperationDeps } from '../services/operations/operation';
import { DatabaseModel } from '../services/read-models/database-model';
import { DesaModel } from '../services/read-models/desa-model';
import { RolloutModel } from '../services/read-models/rollout-model';
import { ServerService } from '../services/server-service';
import { UserService } from '../services/user-service';
import type { Control } from './control';

interface Outside {
  readonly containerLog: OperationDeps['containerLog'];
  readonly access: MachineAccess;
}
/** What REST and terminal act with. */
export const operationDeps = (control: Control, { containerLog, access }: Outside): OperationDeps => {
  const { transact, apps, box, config, services } = control;
  return {
    ...services,
    transact,
    apps,
    audit: new AuditService(transact),
    backups: new BackupService(transact),
    brand: new BrandService(transact),
    mail: new MailService({ transact, box, send: sendLetter }),
    certificates: new CertificateService({ transact, box }),
    databaseModel: new DatabaseModel(transact, apps),
    users: new UserService(transact),
    desa: new DesaService({ transact, box }),
    desaModel: new DesaModel({ transact, apps, httpsPort: config.httpsPort }),
    rolloutModel: new RolloutModel(transact),
    servers: new ServerService({ transactor: transact, access }),
    containerLog,
  };
};
