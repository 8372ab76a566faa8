import { apiReader } from './api-reader';
import { audit } from './audit';
import { causeReasons } from './cause-reasons';
import { certificateReasons } from './certificate-reasons';
import { common } from './common';
import { backups, databases } from './databases';
import { desa } from './desa';
import { entry } from './entry';
import { guide } from './guide';
import { overview } from './overview';
import { doctorReasons, planReasons } from './plan-reasons';
import { profile } from './profile';
import { reasons } from './reasons';
import { releaseReasons } from './release-reasons';
import { releases } from './releases';
import { rollouts } from './rollouts';
import { servers } from './servers';
import { settings } from './settings';
import { states } from './states';
import { web } from './web';

export const id = {
  common,
  states,
  overview,
  desa,
  releases,
  rollouts,
  web,
  servers,
  databases,
  backups,
  audit,
  apiReader,
  guide,
  profile,
  settings,
  ...entry,
  reasons: { ...reasons, ...releaseReasons, ...planReasons, ...causeReasons, ...doctorReasons, ...certificateReasons },
};
/** Every language has exactly these keys. */
export type Messages = typeof id;
