import type { DesaDocument } from '../../services/read-models/desa-model';
import { DESA_LOOKS, MEMBER_LOOKS, ROLLOUT_LOOKS, TOKEN_LOOKS } from '../state-looks';
import type { TodoRow } from '../view-models/overview';
import { wholeOf } from './desa-list-counts';
import { lastSeen, troubleSince } from './desa-list-page';
import type { OverviewFacts } from './overview-page';
import { groupByDesa, titleOf } from './rollout-facts';
import { shortReason, type Words } from './words';

const noteOf = (one: DesaDocument, words: Words): string => {
  const reason = one.instances.find((instance) => instance.health !== 'not_installed' && instance.reason !== null);
  return reason?.reason == null ? '' : shortReason(words, { code: reason.reason, params: {} });
};
const aboutDesa = (facts: OverviewFacts, words: Words): readonly TodoRow[] => {
  const { t, f } = words;
  const w = t.overview.todoWords;
  const row = (one: DesaDocument, hurt: TodoRow['hurt'], title: string): TodoRow => ({
    ...DESA_LOOKS[one.status],
    title,
    note: noteOf(one, words),
    hurt,
    button: { label: w.open, href: `/desa/${one.kode}` },
  });
  const plain = (one: DesaDocument): string => `${one.nama}, ${one.kecamatan}: ${t.states.desa[one.status]}`;
  const down = facts.desa
    .filter((one) => one.status === 'down')
    .map((one) => {
      const since = troubleSince(one);
      return row(one, 'yes', since === null ? plain(one) : w.down(one.nama, one.kecamatan, f.day(since)));
    });
  const unknown = facts.desa
    .filter((one) => one.status === 'unknown')
    .map((one) => {
      const seen = lastSeen(one);
      return row(one, 'unknown', seen === null ? plain(one) : w.unmeasured(one.nama, one.kecamatan, f.span(seen)));
    });
  return [...down, ...unknown];
};

/** What citizens of these desa get now, as it was seen from outside; not what the rollout meant for them. */
const hurtOf = (facts: OverviewFacts, kodes: ReadonlySet<string>): TodoRow['hurt'] => {
  const states = new Set(facts.desa.filter((one) => kodes.has(one.kode)).map((one) => one.status));
  return states.has('down') ? 'yes' : states.has('unknown') ? 'unknown' : 'no';
};

const aboutRollout = (facts: OverviewFacts, words: Words): readonly TodoRow[] => {
  const { rollout } = facts;
  if (rollout === null) return [];
  const w = words.t.overview.todoWords;
  const title = titleOf(rollout, words);
  const href = `/pembaruan/${rollout.rollout.id}`;
  const halted = rollout.rollout.state === 'halted' || rollout.rollout.state === 'failed';
  const groups = groupByDesa(rollout.members);
  const held = groups.filter((one) => one.state === 'quarantined');
  const kodesOf = (some: typeof groups): ReadonlySet<string> => new Set(some.map((one) => one.kode));
  const names = held.slice(0, 3).map((one) => `${one.nama} (${one.kecamatan})`);
  return [
    ...(halted
      ? [
          {
            ...ROLLOUT_LOOKS[rollout.rollout.state],
            title: rollout.rollout.state === 'halted' ? w.halted(title) : `${title}: ${words.t.states.rollout.failed}`,
            note: rollout.rollout.reason === null ? '' : shortReason(words, rollout.rollout.reason),
            hurt: groups.some((one) => one.state === 'down') ? ('yes' as const) : hurtOf(facts, kodesOf(groups)),
            button: { label: w.open, href },
          },
        ]
      : []),
    ...(held.length > 0
      ? [
          {
            ...MEMBER_LOOKS.quarantined,
            title: w.quarantined(words.f.n(held.length), title),
            note: names.join(', '),
            hurt: hurtOf(facts, kodesOf(held)),
            button: { label: w.see(words.f.n(held.length)), href },
          },
        ]
      : []),
  ];
};

const aboutMany = (facts: OverviewFacts, words: Words): readonly TodoRow[] => {
  const { t, f } = words;
  const w = t.overview.todoWords;
  const ending = [...facts.tokens.values()].filter((one) => one.state === 'expiring' || one.state === 'expired');
  const { behind } = wholeOf(facts.desa);
  const soonest = ending.flatMap((one) => one.endsOn ?? []).sort()[0];
  return [
    ...(ending.length > 0
      ? [
          {
            ...TOKEN_LOOKS.expiring,
            title: w.tokens(f.n(ending.length)),
            note: soonest === undefined ? '' : `${t.desa.tokenEnds} ${f.date(soonest)}`,
            hurt: 'no' as const,
            button: { label: w.open, href: '/desa?lihat=token' },
          },
        ]
      : []),
    ...(behind.length > 0
      ? [
          {
            ...DESA_LOOKS.drift,
            title: `${t.desa.views.behind}: ${t.common.desaCount(f.n(behind.length))}`,
            note: behind
              .filter((one) => one.status !== 'down' && one.status !== 'unknown')
              .slice(0, 3)
              .map((one) => `${one.nama} (${one.kecamatan})`)
              .join(', '),
            hurt: 'no' as const,
            button: { label: w.see(f.n(behind.length)), href: '/desa?lihat=tertinggal' },
          },
        ]
      : []),
  ];
};

const HURT_FIRST: readonly TodoRow['hurt'][] = ['yes', 'unknown', 'no'];
/** What a person should do, citizens hurt first, and how many rows there would be; only rows of single desa are left out. */
export const todosOf = (
  facts: OverviewFacts,
  words: Words,
  most: number,
): { readonly rows: readonly TodoRow[]; readonly total: number } => {
  const desa = aboutDesa(facts, words);
  const rest = [...aboutRollout(facts, words), ...aboutMany(facts, words)];
  const shown = [...desa.slice(0, Math.max(0, most - rest.length)), ...rest];
  const rows = HURT_FIRST.flatMap((hurt) => shown.filter((one) => one.hurt === hurt));
  return { rows, total: desa.length + rest.length };
};
