import * as account from './account';
import * as audit from './audit';
import * as backups from './backups';
import * as certificates from './certificates';
import * as desa from './desa';
import * as databases from './databases';
import * as messages from './messages';
import * as office from './office';
import type { Operation } from './operation';
import * as regions from './regions';
import * as releases from './releases';
import { rolloutControls, rolloutPlan, rolloutRetry, rolloutStart } from './rollout-acts';
import * as rollouts from './rollouts';
import * as servers from './servers';
import * as settings from './settings';

/**
 * Everything people can do, once: REST, its document, the terminal and the checks of input and answer are made from this
 * list. Of two paths that fit an address the first one counts.
 */
export const OPERATIONS: readonly Operation[] = [
  desa.desaList,
  desa.desaShow,
  desa.desaObserve,
  desa.desaPassword,
  desa.desaLog,
  desa.tokenShow,
  releases.releaseList,
  releases.releaseImport,
  releases.releasePrune,
  releases.releaseShow,
  releases.releaseRemove,
  rollouts.rolloutList,
  rolloutPlan,
  rolloutStart,
  rollouts.rolloutShow,
  rollouts.rolloutMember,
  rollouts.rolloutEvents,
  rolloutControls.pause,
  rolloutControls.resume,
  rolloutControls.cancel,
  rolloutRetry,
  rolloutControls.rollback,
  regions.kabupatenList,
  regions.wilayahList,
  regions.wilayahShow,
  settings.settingsShow,
  settings.settingsChange,
  settings.settingsHosts,
  office.mailShow,
  office.mailChange,
  office.mailTest,
  office.logoChange,
  certificates.certificateShow,
  certificates.certificateHosts,
  certificates.certificateChange,
  certificates.certificateCheck,
  certificates.certificateUpload,
  certificates.certificateRetry,
  certificates.certificateRemove,
  servers.serverList,
  servers.serverKeys,
  servers.serverAdd,
  servers.serverShow,
  servers.serverCheck,
  servers.serverRemove,
  databases.databaseList,
  backups.backupList,
  backups.backupMake,
  backups.backupCheck,
  backups.backupRemove,
  backups.archiveList,
  backups.archiveCheck,
  account.accountShow,
  account.accountChange,
  account.accountPassword,
  account.accountTokenList,
  account.accountTokenCreate,
  account.accountTokenRevoke,
  account.accountSessionList,
  account.accountSessionRevoke,
  audit.auditList,
  audit.auditVerify,
  messages.messageList,
  messages.messageShow,
];
