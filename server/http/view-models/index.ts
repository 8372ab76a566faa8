import type { DesaConfirmModel, DesaListModel, DesaModel, PasswordModel } from './desa';
import type { FaultModel, SetupModel, SignInLinkModel, SignInModel } from './entry';
import type { ConfirmPageModel, EnrolModel, ServerListModel, ServerModel } from './servers';
import type { ApiReaderModel } from './api-reader';
import type { AuditModel } from './audit';
import type { NewTokenModel, ProfileModel } from './profile';
import type { BackupModel, DatabaseListModel } from './platform';
import type { SettingsModel } from './settings';
import type { StyleModel } from './style';
import type { GuideEntryModel, GuideModel } from './guide';
import type { OverviewModel } from './overview';
import type { ReleaseListModel, ReleaseModel } from './releases';
import type {
  BoardModel,
  MemberModel,
  PickModel,
  PlanModel,
  ReportModel,
  RolloutConfirmModel,
  RolloutListModel,
} from './rollouts';

/** Every page and the model it is drawn from; the key is the file under `views/`. */
export interface Views {
  'overview/index': OverviewModel;
  'desa/index': DesaListModel;
  'desa/show': DesaModel;
  'desa/password': PasswordModel;
  'desa/confirm': DesaConfirmModel;
  'releases/index': ReleaseListModel;
  'releases/show': ReleaseModel;
  'rollouts/index': RolloutListModel;
  'rollouts/pick': PickModel;
  'rollouts/plan': PlanModel;
  'rollouts/board': BoardModel;
  'rollouts/member': MemberModel;
  'rollouts/confirm': RolloutConfirmModel;
  'rollouts/report': ReportModel;
  'session/sign-in': SignInModel;
  'session/link': SignInLinkModel;
  'setup/index': SetupModel;
  'servers/index': ServerListModel;
  'servers/show': ServerModel;
  'servers/enrol': EnrolModel;
  'databases/index': DatabaseListModel;
  'backups/index': BackupModel;
  'audit/index': AuditModel;
  'profile/index': ProfileModel;
  'profile/token': NewTokenModel;
  'confirm/index': ConfirmPageModel;
  'settings/index': SettingsModel;
  'api/index': ApiReaderModel;
  'guide/index': GuideModel;
  'guide/show': GuideEntryModel;
  'style/index': StyleModel;
  'errors/page': FaultModel;
}
export type ViewName = keyof Views;
