import type { FactValue, Server } from '../../domain/server';
import type { Serving } from '../../stores/instance-store';
import type { MachineFacts } from '../../services/read-models/machine-facts';
import { findingText } from '../../texts/server-findings';
import type { Locale } from '../../texts';
import { EMPTY_FORM, type FormState } from '../view-models/common';
import type { Meter, ServerModel, ServerRow } from '../view-models/servers';
import { iso, type Words } from './words';

type AllServing = ReadonlyMap<string, Serving>;
const NOTHING: Serving = { desa: 0, containers: 0 };
const numberFact = (server: Server, key: string): number | null => {
  const value = server.facts?.facts[key];
  return typeof value === 'number' ? value : null;
};
const textFact = (server: Server, key: string): string | null => {
  const value: FactValue | undefined = server.facts?.facts[key];
  return typeof value === 'string' && value !== '' ? value : null;
};
const addressOf = ({ ssh }: Server): string | null => (ssh === null ? null : `${ssh.user}@${ssh.host}:${ssh.port}`);

export const serverRow = (server: Server, serving: AllServing): ServerRow => {
  const findings = server.facts?.findings ?? [];
  return {
    name: server.name,
    address: addressOf(server),
    state: server.facts === null && server.state === 'ready' ? 'unchecked' : server.state,
    ...(serving.get(server.id) ?? NOTHING),
    engine: textFact(server, 'engineVersion'),
    cores: numberFact(server, 'cores'),
    memoryBytes: numberFact(server, 'memoryBytes'),
    diskFreeBytes: numberFact(server, 'diskFreeBytes'),
    errors: findings.filter((one) => one.severity === 'error').length,
    warnings: findings.filter((one) => one.severity === 'warning').length,
    checkedAt: iso(server.checkedAt),
  };
};

const metersOf = (machine: MachineFacts, words: Words): readonly Meter[] => {
  const { t, f } = words;
  const amount = (label: string, { used, total }: { readonly used: number; readonly total: number }): Meter => ({
    label,
    share: total === 0 ? 0 : used / total,
    value: t.common.of(f.bytes(used), f.bytes(total)),
  });
  const load = t.web.overview.load(f.n(machine.load * machine.cpus, 1), f.n(machine.cpus));
  return [
    { label: t.web.overview.cpu, share: Math.min(1, machine.load), value: load },
    amount(t.web.overview.memory, machine.memory),
    ...(machine.disk === null ? [] : [amount(t.web.overview.disk, machine.disk)]),
  ];
};

const factsOf = (server: Server, words: Words): ServerModel['facts'] => {
  const { t, f } = words;
  const w = t.servers.facts;
  const text = (key: string): string => textFact(server, key) ?? '—';
  const yes = (key: string): string => {
    const value = server.facts?.facts[key];
    return typeof value === 'boolean' ? t.servers.onOff[value ? 'on' : 'off'] : '—';
  };
  const os = textFact(server, 'osId') === null ? '—' : `${text('osId')} ${text('osVersion')}`;
  return [
    { label: w.os, value: os },
    { label: w.kernel, value: `${text('kernel')} · ${text('arch')}` },
    { label: w.cores, value: f.n(numberFact(server, 'cores')) },
    { label: w.memory, value: f.bytes(numberFact(server, 'memoryBytes')) },
    { label: w.diskFree, value: f.bytes(numberFact(server, 'diskFreeBytes')) },
    { label: w.engine, value: textFact(server, 'engineVersion') === null ? '—' : `Docker ${text('engineVersion')}` },
    { label: w.storage, value: text('storageDriver') },
    { label: w.liveRestore, value: yes('liveRestore') },
    { label: w.neighbours, value: f.n(numberFact(server, 'neighbourLimit')) },
    { label: w.skew, value: f.duration(skewOf(server)) },
  ];
};
const skewOf = (server: Server): number | null => {
  const skew = numberFact(server, 'skewSeconds');
  return skew === null ? null : Math.abs(skew);
};

export interface ServerPageFacts {
  readonly server: Server;
  readonly serving: AllServing;
  /** null = another machine. */
  readonly machine: MachineFacts | null;
}
export const serverPage = (
  { server, serving, machine }: ServerPageFacts,
  words: Words,
  wish: { readonly locale: Locale; readonly canAct: boolean; readonly form?: FormState },
): ServerModel => ({
  ...serverRow(server, serving),
  hostKey: server.hostKey,
  meters: machine === null ? [] : metersOf(machine, words),
  facts: server.facts === null ? [] : factsOf(server, words),
  findings: (server.facts?.findings ?? []).map((one) => ({ severity: one.severity, ...findingText(wish.locale, one) })),
  form: wish.form ?? EMPTY_FORM,
  canAct: wish.canAct,
});
