import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { AppError } from '../../domain/errors';
import type { Release } from '../../domain/release';
import type { Command as RolloutCommand } from '../../services/rollout-service';
import type { Cli, Session } from '../context';
import { table } from '../output';
import type { Run } from '../program';
import { exitOf, follow, summary } from '../progress';

const releaseDocument = (release: Release, used: number): Record<string, unknown> => ({
  id: release.id,
  app: release.app,
  version: release.version,
  channel: release.channel,
  state: release.state,
  phpLine: release.phpLine,
  schemaVersion: release.schemaVersion,
  checksum: release.checksum,
  bytes: release.bytes,
  files: release.files,
  image: release.image,
  lint: release.lint,
  source: release.source,
  reasonCode: release.reason?.code ?? null,
  usedBy: used,
  readyAt: release.readyAt?.toISOString() ?? null,
});

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
    if (release?.state === 'refused')
      throw new AppError(
        'release_invalid',
        { ...release.reason?.params, problem: release.reason?.code ?? '' },
        { field: 'location' },
      );
    await sleep(250);
  }
};

const bringCommand = (noun: Command, run: Run): void => {
  noun
    .command('import <app> <source>')
    .description('bring a release in: folder, .zip, .tar.gz or git URL')
    .option('--tag <tag>', 'tag of a git repository')
    .option('--channel <channel>', 'umum or premium')
    .action(
      run(
        (cli, options: { readonly tag?: string; readonly channel?: 'umum' | 'premium' }, app: string, source: string) =>
          cli.open(async (session) => {
            const release = await importAndFollow(cli, session, {
              app,
              location: source,
              tag: options.tag ?? null,
              channel: options.channel ?? null,
              credential: null,
            });
            cli.out.document(releaseDocument(release, 0));
            cli.out.line(
              `${release.app} ${release.version} ${release.state}${release.lint.length > 0 ? `, PHP lint: ${release.lint.length}` : ''}`,
            );
            return 0;
          }),
      ),
    );
};
const listCommand = (noun: Command, run: Run): void => {
  noun
    .command('list')
    .description('releases, newest first')
    .action(
      run((cli) =>
        cli.open(async (session) => {
          const used = await session.releases.usage();
          const rows = await session.releases.list(cli.actor);
          cli.out.document(rows.map((one) => releaseDocument(one, used.get(one.id) ?? 0)));
          for (const line of table([
            ['APP', 'VERSION', 'CHANNEL', 'STATE', 'PHP', 'USED BY', 'ID'],
            ...rows.map((one) => [
              one.app,
              one.version,
              one.channel,
              one.state,
              one.phpLine ?? '—',
              String(used.get(one.id) ?? 0),
              one.id,
            ]),
          ]))
            cli.out.line(line);
          return 0;
        }),
      ),
    );
};
const showCommand = (noun: Command, run: Run): void => {
  noun
    .command('show <id>')
    .description('one release')
    .action(
      run((cli, _options, id: string) =>
        cli.open(async (session) => {
          const release = await session.releases.find(cli.actor, id);
          const document = releaseDocument(release, (await session.releases.usage()).get(id) ?? 0);
          cli.out.document(document);
          for (const [key, value] of Object.entries(document))
            cli.out.line(`${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
          return 0;
        }),
      ),
    );
};
const pruneCommand = (noun: Command, run: Run): void => {
  noun
    .command('prune')
    .description('remove releases nobody uses, except the newest two of each app')
    .option('--dry-run', 'only say what would go')
    .action(
      run((cli, options: { readonly dryRun?: boolean }) =>
        cli.open(async (session) => {
          const going = await session.releases.prunable(cli.actor);
          if (options.dryRun !== true)
            for (const release of going) await session.releases.remove(cli.actor, release.id);
          cli.out.document(going.map((one) => releaseDocument(one, 0)));
          for (const one of going) cli.out.line(`${one.app} ${one.version} (${one.state})`);
          return 0;
        }),
      ),
    );
};

export const releaseCommands = (noun: Command, run: Run): void => {
  bringCommand(noun, run);
  listCommand(noun, run);
  showCommand(noun, run);
  pruneCommand(noun, run);
};

const rolloutListCommand = (noun: Command, run: Run): void => {
  noun
    .command('list')
    .description('rollouts, newest first')
    .action(
      run((cli) =>
        cli.open(async (session) => {
          const rows = await session.rolloutModel.list(cli.actor, 50);
          const documents = rows.map((one) => ({
            id: one.id,
            kind: one.kind,
            state: one.state,
            stage: one.stage,
            requestedBy: one.requestedBy,
            startedAt: one.startedAt?.toISOString() ?? null,
            endedAt: one.endedAt?.toISOString() ?? null,
          }));
          cli.out.document(documents);
          for (const line of table([
            ['ID', 'KIND', 'STATE', 'STARTED'],
            ...documents.map((one) => [one.id, one.kind, one.state, one.startedAt ?? '—']),
          ]))
            cli.out.line(line);
          return 0;
        }),
      ),
    );
};
const rolloutShowCommand = (noun: Command, run: Run): void => {
  noun
    .command('show <id>')
    .description('one rollout with its members')
    .action(
      run((cli, _options, id: string) =>
        cli.open(async (session) => {
          const document = await session.rolloutModel.show(cli.actor, id, (reason) => cli.out.reason(reason));
          cli.out.document(document);
          cli.out.line(summary(document));
          for (const line of table(
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
          ))
            cli.out.line(line);
          return 0;
        }),
      ),
    );
};
const watchCommand = (noun: Command, run: Run): void => {
  noun
    .command('watch <id>')
    .description('follow a rollout live')
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
const controls = (noun: Command, run: Run): void => {
  for (const command of [
    'pause',
    'resume',
    'cancel',
    'retry',
    'rollback',
  ] as const satisfies readonly RolloutCommand[]) {
    noun
      .command(`${command} <id>`)
      .description(`${command} a rollout`)
      .action(
        run((cli, _options, id: string) =>
          cli.open(async (session) => {
            const rollout = await session.rollouts.command(cli.actor, id, command);
            cli.out.document({ id: rollout.id, state: rollout.state });
            cli.out.line(`${rollout.id} ${rollout.state}`);
            return 0;
          }),
        ),
      );
  }
};

export const rolloutCommands = (noun: Command, run: Run): void => {
  rolloutListCommand(noun, run);
  rolloutShowCommand(noun, run);
  watchCommand(noun, run);
  controls(noun, run);
};
