import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { AppError } from '../../domain/errors';
import type { Release } from '../../domain/release';
import {
  releaseImport,
  releaseList,
  releasePrune,
  releaseRemove,
  releaseShow,
  type ReleaseAnswer,
} from '../../services/operations/releases';
import type { Cli, Session } from '../context';
import { contextOf, listing, showing, withWatch } from '../perform';
import type { Run } from '../program';

/** The option that is wrong; everything else is wrong with the source. */
const FIELDS: Readonly<Record<string, string>> = {
  tag_required: 'tag',
  tag_invalid: 'tag',
  tag_not_found: 'tag',
  version_mismatch: 'tag',
  channel_mismatch: 'channel',
};
/** A full disk is no fault of the release. */
const refusedError = ({ reason }: Release): AppError => {
  const problem = reason?.code ?? '';
  const facts = { ...reason?.params, problem };
  if (problem === 'provision_no_space') return new AppError('no_space', facts);
  return new AppError('release_invalid', facts, { field: FIELDS[problem] ?? 'location' });
};

/** Imports and follows to the end; the same release twice is no change. Throws release_invalid with the reason. */
export const importAndFollow = async (
  cli: Cli,
  session: Session,
  request: {
    readonly app: string;
    readonly location: string;
    readonly tag: string | null;
    readonly channel: 'umum' | 'premium' | null;
    readonly credential: string | null;
  },
): Promise<Release> => {
  const id = await session.releases.import(cli.actor, request);
  let shown = '';
  for (let after = 0; ;) {
    for (const event of await session.events(`release:${id}`, after)) {
      after = event.seq;
      if (event.type === 'release.same') return session.releases.find(cli.actor, String(event.body['id']));
      const state = String(event.body['state']);
      if (state !== shown) cli.out.progress(`   ${request.app}: ${state}`);
      shown = state;
    }
    const release = (await session.releases.list(cli.actor)).find((one) => one.id === id);
    if (release?.state === 'ready') return release;
    if (release?.state === 'refused') throw refusedError(release);
    await sleep(250);
  }
};

interface ImportOptions {
  readonly tag?: string;
  readonly channel?: 'umum' | 'premium';
}
const lineOf = (one: ReleaseAnswer): string =>
  `${one.app} ${one.version} ${one.state}${one.lint.length > 0 ? `, PHP lint: ${one.lint.length}` : ''}`;
const bringCommand = (noun: Command, run: Run): void => {
  noun
    .command('import <app> <source>')
    .description(releaseImport.summary)
    .option('--tag <tag>', 'tag of a git repository')
    .option('--channel <channel>', 'umum or premium')
    .action(
      run((cli, options: ImportOptions, app: string, source: string) =>
        cli.open(async (session) => {
          const place = { location: source, tag: options.tag ?? null, channel: options.channel ?? null };
          const { id } = await importAndFollow(cli, session, { app, ...place, credential: null });
          const document = await releaseShow.call(contextOf(cli, session), { id });
          cli.out.document(document);
          cli.out.line(lineOf(document));
          return 0;
        }),
      ),
    );
};

const idOf = (_options: object, id = ''): { readonly id: string } => ({ id });
export const releaseCommands = (noun: Command, run: Run): void => {
  bringCommand(noun, run);
  listing(noun.command('list').description(releaseList.summary), run, releaseList, { input: () => ({}) });
  showing(withWatch(noun.command('show <id>').description(releaseShow.summary)), run, releaseShow, {
    input: idOf,
    ended: ({ state }) => state === 'ready' || state === 'refused',
  });
  showing(noun.command('remove <id>').description(releaseRemove.summary), run, releaseRemove, { input: idOf });
  showing(
    noun
      .command('prune')
      .description('remove releases nobody uses, except the newest two of each app')
      .option('--dry-run', 'only say what would go'),
    run,
    releasePrune,
    {
      input: (options: { readonly dryRun?: boolean }) => ({ dryRun: options.dryRun === true }),
      lines: (going) => going.map(lineOf),
    },
  );
};
