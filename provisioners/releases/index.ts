/** Where releases come from. The order matters only for a bare repository, which is a folder too. */
import type { ReleaseSource } from '../contracts';
import { DEFAULT_LIMITS, type TreeLimits } from '../lib/release-rules';
import { createArchiveSource } from './archive';
import { createFolderSource } from './folder';
import { createGitSource } from './git';

/** `gitEnvironment` e.g. proxy settings of the host. */
export const createReleaseSources = (
  limits: TreeLimits = DEFAULT_LIMITS,
  gitEnvironment: Readonly<Record<string, string>> = {},
): readonly ReleaseSource[] => [
  createGitSource(limits, gitEnvironment),
  createFolderSource(limits),
  createArchiveSource(limits),
];

export { importRelease, type ImportedTree, type ImportRequest, type ImportStage } from './import-release';
export { lintInImage, type LintError, type LintReport } from './php-lint';
