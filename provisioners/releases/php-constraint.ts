/** Evaluates the `php` constraint of a composer.json (^ ~ || | , space, hyphen ranges, wildcards, comparisons). */
import type { PhpLine } from '../contracts';

type Version = readonly [number, number, number];
/** Half open: from ≤ v < to. */
interface Range {
  readonly from: Version;
  readonly to: Version;
}

/** The least patch level the images of each line have; constraints on patch levels are judged against it. */
export const LINE_VERSIONS: Readonly<Record<PhpLine, string>> = { '8.2': '8.2.29', '8.4': '8.4.11' };

const TOP: Version = [Number.MAX_SAFE_INTEGER, 0, 0];
const ZERO: Version = [0, 0, 0];
const ALL: Range = { from: ZERO, to: TOP };

const compare = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
const bump = (version: Version, part: 0 | 1 | 2): Version => {
  if (part === 0) return [version[0] + 1, 0, 0];
  return part === 1 ? [version[0], version[1] + 1, 0] : [version[0], version[1], version[2] + 1];
};
const partAt = (given: number): 0 | 1 | 2 => (given <= 1 ? 0 : given === 2 ? 1 : 2);

/** `8`, `8.1`, `v8.1.2`, `8.1.2-dev`, `8.1.2.0`; `given` = number of parts written. */
function readVersion(text: string): { readonly version: Version; readonly given: number } | null {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.\d+)?(?:[-+@][\w.+-]+)?$/.exec(text);
  if (match === null) return null;
  const parts = [match[1], match[2], match[3]];
  const given = parts.filter((part) => part !== undefined).length;
  return { version: [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)], given };
}

function caret(version: Version, given: number): Range {
  const firstNonZero = version.findIndex((part) => part !== 0);
  const fixed = firstNonZero < 0 ? given - 1 : firstNonZero;
  return { from: version, to: bump(version, partAt(fixed + 1)) };
}

function compared(operator: string, version: Version): readonly Range[] {
  const next = bump(version, 2);
  switch (operator) {
    case '>=':
      return [{ from: version, to: TOP }];
    case '>':
      return [{ from: next, to: TOP }];
    case '<':
      return [{ from: ZERO, to: version }];
    case '<=':
      return [{ from: ZERO, to: next }];
    case '!=':
    case '<>':
      return [
        { from: ZERO, to: version },
        { from: next, to: TOP },
      ];
    default:
      return [{ from: version, to: next }];
  }
}

/** One term such as `^8.1`; null when it is not understood. */
function readTerm(term: string): readonly Range[] | null {
  if (/^[*xX](\.[*xX])*$/.test(term)) return [ALL];
  const wildcard = /^(?:==?)?v?(\d+)(?:\.(\d+))?\.[*xX](?:\.[*xX])*$/.exec(term);
  if (wildcard !== null) {
    const from: Version = [Number(wildcard[1]), Number(wildcard[2] ?? 0), 0];
    return [{ from, to: bump(from, wildcard[2] === undefined ? 0 : 1) }];
  }
  const match = /^(\^|~|>=|<=|<>|!=|==|=|>|<)?(.+)$/.exec(term);
  const read = match === null ? null : readVersion(match[2] ?? '');
  if (read === null) return null;
  const operator = match?.[1] ?? '=';
  if (operator === '^') return [caret(read.version, read.given)];
  if (operator === '~') return [{ from: read.version, to: bump(read.version, read.given >= 3 ? 1 : 0) }];
  return compared(operator, read.version);
}

/** `8.1 - 8.3`: a partial upper end includes its whole line. */
function readHyphen(clause: string): readonly Range[] | null {
  const match = /^(\S+)\s+-\s+(\S+)$/.exec(clause);
  const low = readVersion(match?.[1] ?? '');
  const high = readVersion(match?.[2] ?? '');
  if (low === null || high === null) return null;
  return [{ from: low.version, to: bump(high.version, partAt(high.given)) }];
}

const holds = (version: Version, ranges: readonly Range[]): boolean =>
  ranges.some((range) => compare(range.from, version) <= 0 && compare(version, range.to) < 0);

function clauseHolds(version: Version, clause: string): boolean | null {
  const hyphen = readHyphen(clause);
  if (hyphen !== null) return holds(version, hyphen);
  const terms = clause
    .replace(/(\^|~|[<>=!]+)\s+/g, '$1')
    .split(/[\s,]+/)
    .filter((term) => term !== '');
  const ranges = terms.map(readTerm);
  if (terms.length === 0 || ranges.includes(null)) return null;
  return ranges.every((range) => range !== null && holds(version, range));
}

/** True or false; null when the constraint or the version is not understood. */
export function satisfies(version: string, constraint: string): boolean | null {
  const read = readVersion(version);
  if (read === null) return null;
  const results = constraint
    .trim()
    .split(/\s*\|\|?\s*/)
    .map((clause) => clauseHolds(read.version, clause.replace(/@\w+$/, '').trim()));
  return results.includes(null) ? null : results.includes(true);
}

/** The lines of `offered` that the constraint allows, in the same order; no constraint allows all. */
export const linesFor = (constraint: string | null, offered: readonly PhpLine[]): readonly PhpLine[] =>
  constraint === null ? offered : offered.filter((line) => satisfies(LINE_VERSIONS[line], constraint) === true);
