import type { Tick } from '../drawing';
import type { Beat, ConfirmModel, FormState, LogLineView, Reason } from './common';

/** Everything a view may be made of, in every state: to look at while one changes it. Never in a production installation. */
export interface StyleModel {
  readonly confirm: ConfirmModel;
  readonly refused: FormState;
  readonly log: readonly LogLineView[];
  readonly beats: readonly Beat[];
  readonly ticks: readonly Tick[];
  readonly reason: Reason;
}
