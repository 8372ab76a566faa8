import type { Command } from 'commander';
import { rolloutControls, rolloutRetry } from '../../services/operations/rollout-acts';
import { rolloutEvents, rolloutList, rolloutMember, rolloutShow } from '../../services/operations/rollouts';
import { table } from '../output';
import { listing, showing, withWatch, type LookOptions } from '../perform';
import type { Run } from '../program';
import { exitOf, follow, isEnded, summary } from '../progress';

const USUAL = 50;
type Rollout = Awaited<ReturnType<typeof rolloutShow.call>>;
type Detail = Awaited<ReturnType<typeof rolloutMember.call>>;

const membersOf = (document: Rollout): readonly string[] => [
  summary(document),
  ...table(
    document.members.map((one) => [
      one.kode,
      one.nama,
      one.app,
      one.state,
      `${one.fromRelease ?? '—'} → ${one.toRelease ?? '—'}`,
      `${one.seconds ?? '—'} s`,
      `${one.probes.failed}/${one.probes.sent}`,
      one.reason ?? '',
    ]),
  ),
];
const stepsOf = ({ member, steps, log }: Detail): readonly string[] => [
  `${member.kode} ${member.nama} (${member.kecamatan}) ${member.app}: ${member.state}`,
  ...table(steps.map((one) => [String(one.position), one.kind, one.state, one.startedAt ?? '—', one.reason ?? ''])),
  ...log.map(({ at, line }) => `${at} ${line}`),
];

const idOf = (_options: object, id = ''): { readonly id: string } => ({ id });
const readers = (noun: Command, run: Run): void => {
  listing(noun.command('list').description(rolloutList.summary), run, rolloutList, {
    input: () => ({}),
    usual: USUAL,
  });
  showing(withWatch(noun.command('show <id>').description(rolloutShow.summary)), run, rolloutShow, {
    input: idOf,
    lines: membersOf,
    ended: ({ state }) => isEnded(state),
  });
  showing(
    withWatch(noun.command('member <id> <kode>'))
      .description(rolloutMember.summary)
      .option('--app <app>', 'which app of it; usually the one that needs a look'),
    run,
    rolloutMember,
    {
      input: (options: LookOptions & { readonly app?: string }, id = '', kode = '') => ({
        ...{ id, kode },
        ...(options.app === undefined ? {} : { app: options.app }),
      }),
      lines: stepsOf,
    },
  );
  noun
    .command('watch <id>')
    .description(`follow a rollout live: ${rolloutEvents.summary}`)
    .action(
      run((cli, _options, id: string) =>
        cli.open(async (session) => {
          const document = await follow(cli, session, id, cli.out.json ? 'json' : 'lines');
          cli.out.line(summary(document));
          return exitOf(document);
        }),
      ),
    );
};

const stateLine = ({ id, state }: { readonly id: string; readonly state: string }): readonly string[] => [
  `${id} ${state}`,
];
export const rolloutCommands = (noun: Command, run: Run): void => {
  readers(noun, run);
  for (const [name, control] of Object.entries(rolloutControls))
    showing(noun.command(`${name} <id>`).description(control.summary), run, control, { input: idOf, lines: stateLine });
  showing(
    noun.command('retry <id>').description(rolloutRetry.summary).option('--kode <kode>', 'only this desa'),
    run,
    rolloutRetry,
    {
      input: (options: { readonly kode?: string }, id = '') => ({
        id,
        ...(options.kode === undefined ? {} : { kode: options.kode }),
      }),
      lines: stateLine,
    },
  );
};
