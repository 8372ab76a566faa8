import type { MessageEntry } from '../../texts/message-book';

export interface GuideModel {
  /** What was searched; '' = nothing. */
  readonly words: string;
  readonly entries: readonly MessageEntry[];
}
export interface GuideEntryModel {
  readonly entry: MessageEntry;
}
