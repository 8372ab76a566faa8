import { REFUSAL_PROBLEMS, type CertificateFile } from '../../domain/certificate';
import type { Reason } from '../../domain/deployment';
import type { UploadCheck } from '../../services/certificate-service';
import { refusalReason, renewsAt, type CertificateState } from '../../services/read-models/certificate-model';
import { reasonSentence } from '../../texts';
import type { CertificatesModel } from '../view-models/settings';
import { iso, type Words } from './words';

/** What the section about certificates shows. */
export interface CertificateFacts {
  readonly state: CertificateState;
  /** null = nothing was looked at just now. */
  readonly check: UploadCheck | null;
}
/** Days before its end in which an own certificate should have been replaced. */
const SOON_DAYS = 30;
const SHOWN_REFUSALS = 100;

type Note = CertificatesModel['notes'][number];
const noteOf = ({ t }: Words, tone: Note['tone'], reason: Reason, when: string): Note => {
  const { what, next } = reasonSentence(t, reason);
  return { tone, text: `${what} ${next} ${when}` };
};
const notesOf = ({ wait, fault, later, ordering, week, nextAt }: CertificateState, words: Words): readonly Note[] => {
  const { t, f } = words;
  const w = t.settings.certificate;
  const names = later.reduce((sum, one) => sum + one.names.length, 0);
  const [first] = [...later].sort((a, b) => a.until.getTime() - b.until.getTime());
  return [
    ...(fault === null ? [] : [noteOf(words, 'down', fault.reason, w.since(f.day(fault.at.toISOString())))]),
    ...(wait === null ? [] : [noteOf(words, 'act', wait.reason, w.again(f.day(wait.until.toISOString())))]),
    ...(ordering === 0 ? [] : [{ tone: 'wait', text: w.ordering(f.n(ordering)) } as const]),
    ...(first === undefined
      ? []
      : [{ tone: 'wait', text: w.later[first.why](f.n(names), f.day(first.until.toISOString())) } as const]),
    ...(week.domain === null
      ? []
      : [{ tone: 'ok', text: w.week(f.n(week.used), f.n(week.most), week.domain) } as const]),
    ...(nextAt === null ? [] : [{ tone: 'ok', text: w.next(f.day(nextAt.toISOString())) } as const]),
  ];
};

const rowOf = (
  file: CertificateFile,
  { settings }: CertificateState,
  { f }: Words,
): CertificatesModel['rows'][number] => {
  const days = f.daysUntil(file.notAfter.toISOString());
  const renewAt = renewsAt(file, settings);
  return {
    id: file.id,
    source: file.source,
    issuedBy: file.issuedBy,
    names: file.keptFor ?? file.names,
    notAfter: file.notAfter.toISOString(),
    renewAt: iso(renewAt),
    tone: days < 0 ? 'down' : renewAt === null && days < SOON_DAYS ? 'act' : 'ok',
    installed: file.installedAt === null ? 'waiting' : 'served',
  };
};

export const certificatesModel = ({ state, check }: CertificateFacts, words: Words): CertificatesModel => {
  const { t } = words;
  const refused = state.hosts.flatMap((one) => one.refusal ?? []);
  const order = [...refused].sort(
    (a, b) => REFUSAL_PROBLEMS.indexOf(a.problem) - REFUSAL_PROBLEMS.indexOf(b.problem) || (a.host < b.host ? -1 : 1),
  );
  const { authority, directoryUrl, contact, bindingId } = state.settings;
  return {
    ...{ authority, directoryUrl, contact: contact ?? '', bindingId: bindingId ?? '', bindingKey: state.bindingKey },
    total: state.hosts.length,
    certified: state.hosts.filter((one) => one.source !== 'internal').length,
    notes: notesOf(state, words),
    rows: state.certificates.map((one) => rowOf(one, state, words)),
    refused: order.slice(0, SHOWN_REFUSALS).map((one) => {
      const { what, next } = reasonSentence(t, refusalReason(one));
      return { host: one.host, what, next, retryAt: one.retryAt.toISOString() };
    }),
    check:
      check === null
        ? null
        : {
            issuedBy: check.issuedBy,
            names: check.names.join(', '),
            notAfter: iso(check.notAfter),
            covered: check.hosts.filter((one) => one.by !== null).length,
            hosts: [...check.hosts].sort((a, b) => Number(a.by !== null) - Number(b.by !== null)),
          },
  };
};
