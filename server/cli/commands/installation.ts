import type { Command } from 'commander';
import { AppError } from '../../domain/errors';
import { runFaults, runKills, runTests, type FaultOptions } from '../test-run';
import type { Cli } from '../context';
import { demo, type DemoOptions } from '../demo';
import { printLog } from '../log-output';
import { table } from '../output';
import type { Run } from '../program';

const printStatus = async (cli: Cli): Promise<number> => {
  const status = await cli.machine.status();
  cli.out.document(status);
  cli.out.line(`${status.installation.name} (${status.installation.home}) ${status.urls.dashboard}`);
  for (const line of table(
    status.parts.map((one) => [
      one.name,
      one.state,
      one.pid === null ? (one.container ?? '—') : String(one.pid),
      one.since ?? '—',
    ]),
  ))
    cli.out.line(line);
  return status.parts.every((one) => one.state === 'running') ? 0 : 1;
};

const demoCommand = (program: Command, run: Run): void => {
  program
    .command('demo')
    .description('a separate installation with six desa of Kebumen: installs, updates, stays up')
    .option('--opensid <source[@tag]>', 'a real OpenSID release: folder, archive or git')
    .option('--update-to <source[@tag]>', 'the release to update to')
    .option('--desa <n>', 'how many desa', (text) => Number.parseInt(text, 10))
    .option('--remove', 'take the demo away')
    .action(
      run((cli, options: DemoOptions & { readonly remove?: boolean }) =>
        options.remove === true ? removeDemo(cli) : demo(cli, options),
      ),
    );
};
const upCommand = (program: Command, run: Run): void => {
  program
    .command('up')
    .description('start the installation; safe to repeat')
    .action(
      run(async (cli) => {
        await cli.machine.up('production', (line) => cli.out.progress(line));
        const link = await cli.open(async (session) =>
          (await session.setup.status()).account ? null : session.setup.createLink(cli.actor),
        );
        const code = await printStatus(cli);
        if (link !== null) cli.out.line(`${(await cli.machine.status()).urls.dashboard}setup/${link.token}`);
        return code;
      }),
    );
};
const downCommand = (program: Command, run: Run): void => {
  program
    .command('down')
    .description('stop dashboard, worker and Redis; villages go on')
    .option('--all', 'stop the villages, proxy and database too')
    .action(
      run(async (cli, options: { readonly all?: boolean }) => {
        await cli.machine.down(options.all === true ? 'all' : 'parts');
        cli.out.document({ stopped: options.all === true ? 'all' : 'parts' });
        return 0;
      }),
    );
};
const destroyCommand = (program: Command, run: Run): void => {
  program
    .command('destroy')
    .description('delete this installation with everything in it')
    .requiredOption('--confirm <name>', 'the name of the installation')
    .action(
      run(async (cli, options: { readonly confirm: string }) => {
        const { name } = cli.installation();
        if (options.confirm !== name)
          throw new AppError('confirmation_mismatch', { expected: name }, { field: 'confirm' });
        await cli.machine.destroy();
        cli.out.document({ destroyed: name });
        cli.out.line(`${name}: gone`);
        return 0;
      }),
    );
};
const doctorCommand = (program: Command, run: Run): void => {
  program
    .command('doctor')
    .description('checks the machine; one remedy per finding')
    .action(
      run(async (cli) => {
        const findings = (await cli.machine.doctor()).map((one) => {
          const reason = { code: `doctor_${one.code}`, params: one.params };
          return one.ok
            ? { ...one, message: null, remedy: null }
            : { ...one, message: cli.out.reason(reason), remedy: cli.out.remedy(reason) };
        });
        cli.out.document(findings);
        for (const { ok, code, params, message, remedy } of findings) {
          const name = code === 'part' ? `part ${String(params['name'])}` : code;
          cli.out.line(ok ? `ok  ${name}` : `!!  ${name}: ${String(message)} ${String(remedy)}`);
        }
        return findings.every((one) => one.ok) ? 0 : 1;
      }),
    );
};

export const installationCommands = (program: Command, run: Run): void => {
  demoCommand(program, run);
  upCommand(program, run);
  downCommand(program, run);
  destroyCommand(program, run);
  program
    .command('status')
    .description('what runs, and where')
    .action(run((cli) => printStatus(cli)));
  doctorCommand(program, run);
  others(program, run);
};

const others = (program: Command, run: Run): void => {
  program
    .command('logs [part]')
    .description('log of web, worker, mariadb, redis, proxy or wall')
    .option('-f, --follow')
    .action(
      run((cli, options: { readonly follow?: boolean }, part: string | undefined) =>
        printLog(cli, options, (...log) => cli.machine.partLog(part ?? 'worker', ...log)),
      ),
    );
  testCommand(program, run);
  program
    .command('upgrade')
    .description('take over this checkout: migrate the control database, restart web and worker; villages go on')
    .action(
      run(async (cli) => {
        await cli.machine.up(cli.installation().preset, (line) => cli.out.progress(line));
        return printStatus(cli);
      }),
    );
};

const testCommand = (program: Command, run: Run): void => {
  program
    .command('test')
    .description('all tests of this checkout, every kind of fault once on a scripted target among them')
    .option('--faults', 'only the fault kit: hundreds of seeded faults, scripted and on the real engine')
    .option(
      '--kills',
      'only the kill points: each part killed in the middle of each operation, then a hundred at random',
    )
    .option('--seed <number>', 'with --faults or --kills: the same ones at the same places again')
    .option('--only <kind>', 'with --faults: one kind; with --kills: one victim or operation')
    .option(
      '--count <number>',
      'with --faults: so many on each target, and a third of it without a fault; with --kills: so many random',
    )
    .option('--target <target>', 'with --faults or --kills: scripted, real or all')
    .option('--out <folder>', 'with --faults or --kills: where the figures go (JSON), else bench/results')
    .action(
      run(
        (
          cli,
          { faults, kills, ...options }: FaultOptions & { readonly faults?: boolean; readonly kills?: boolean },
        ) => {
          if (kills === true) return runKills(cli.machine.testRun(), options);
          return faults === true ? runFaults(cli.machine.testRun(), options) : runTests(cli.machine.testRun());
        },
      ),
    );
};

const removeDemo = async (cli: Cli): Promise<number> => {
  const { name, preset } = cli.installation();
  if (preset !== 'demo')
    throw new AppError('name_differs', { stored: name, asked: 'demo', home: cli.installation().home });
  await cli.machine.destroy();
  cli.out.document({ destroyed: name });
  cli.out.line(`${name}: gone`);
  return 0;
};
