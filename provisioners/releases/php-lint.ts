/** Parses the PHP of a release with the PHP that will run it. Errors are listed, never a reason to refuse. */
import { z } from 'zod';
import { ProvisionError, type Labels, type TargetSession } from '../contracts';

/** `file` is relative to the release. */
export interface LintError {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}
export interface LintReport {
  readonly files: number;
  readonly errors: readonly LintError[];
}

const LINT_SCRIPT = '/usr/local/lib/siappakai/lint.php';
/** More broken files than this tell nothing new. */
const LISTED_MAX = 200;

const ErrorLine = z.object({ file: z.string(), line: z.number(), message: z.string() });
const SummaryLine = z.object({ files: z.number(), errors: z.number() });

function readLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Reads the output of lint.php; ProvisionError('failed') when the summary line is missing, i.e. it did not finish. */
export function readLintOutput(stdout: string): LintReport {
  const lines = stdout.split('\n').map(readLine);
  const summary = lines.map((line) => SummaryLine.safeParse(line)).find((parsed) => parsed.success);
  if (summary?.data === undefined)
    throw new ProvisionError('failed', 'the PHP lint did not finish', { reason: 'lint_failed' });
  const errors = lines.flatMap((line) => {
    const parsed = ErrorLine.safeParse(line);
    return parsed.success ? [parsed.data] : [];
  });
  return { files: summary.data.files, errors: errors.slice(0, LISTED_MAX) };
}

/** Lints `/app` of a release image in a one-shot container without network, as www-data. */
export async function lintInImage(
  session: TargetSession,
  image: { readonly tag: string; readonly containerName: string; readonly labels: Labels },
  signal: AbortSignal,
): Promise<LintReport> {
  const result = await session.runOnce(
    {
      name: image.containerName,
      image: image.tag,
      labels: image.labels,
      command: ['php', LINT_SCRIPT, '/app'],
      env: {},
      user: '33:33',
      mounts: ['/run', '/tmp'].map((target) => ({
        type: 'tmpfs',
        target,
        sizeBytes: 16 * 1024 ** 2,
        mode: 0o1777,
        uid: 33,
      })),
      networks: [],
      readOnlyRoot: true,
      capabilities: [],
      limits: { memoryBytes: 640 * 1024 ** 2, memoryReservationBytes: 256 * 1024 ** 2, pids: 64 },
      restart: 'no',
    },
    { signal },
  );
  if (result.exitCode !== 0)
    throw new ProvisionError('failed', 'the PHP lint failed', { reason: 'lint_failed', exitCode: result.exitCode });
  return readLintOutput(result.stdout);
}
