/** What the migrations of a release say they make, read from their text. */
import type { PromisedPart } from '../contracts';
import { closingOf, isSign, phpTokens, type PhpToken } from './php-tokens';
import { sqlChanges, type Change } from './sql-changes';

/** Methods of Laravel's Blueprint that make the column they name. */
const COLUMNS: ReadonlySet<string> = new Set(
  (
    'bigIncrements bigInteger binary boolean char date dateTime dateTimeTz decimal double enum float foreignId foreignUlid ' +
    'foreignUuid geometry increments integer ipAddress json jsonb longText macAddress mediumIncrements mediumInteger ' +
    'mediumText point set smallIncrements smallInteger string text time timeTz timestamp timestampTz tinyIncrements ' +
    'tinyInteger tinyText ulid unsignedBigInteger unsignedDecimal unsignedInteger unsignedMediumInteger ' +
    'unsignedSmallInteger unsignedTinyInteger uuid year'
  ).split(' '),
);
const STATEMENTS: ReadonlySet<string> = new Set(['exec', 'query', 'simple_query', 'statement', 'unprepared']);
const BRANCHES: ReadonlySet<string> = new Set(['if', 'elseif', 'else', 'for', 'foreach', 'while', 'switch', 'catch']);

interface Body {
  readonly from: number;
  readonly to: number;
}
interface Place {
  /** Runs on every database: behind no condition but one about what is there already. */
  readonly certain: boolean;
  /** Table of the Blueprint in hand, and the variable that holds it. */
  readonly table: string | null;
  readonly blueprint: string | null;
}

/** Reads one file from `up`, calls of its own methods where they stand. */
class MigrationReader {
  readonly changes: Change[] = [];
  private readonly tokens: readonly PhpToken[];
  private readonly methods = new Map<string, Body>();
  private readonly seen = new Set<string>();
  constructor(source: string) {
    this.tokens = phpTokens(source);
    this.tokens.forEach((token, index) => {
      const name = this.tokens[index + 1];
      if (token.value !== 'function' || name?.kind !== 'name' || !isSign(this.tokens[index + 2], '(')) return;
      const open = this.find('{', closingOf(this.tokens, index + 2));
      this.methods.set(name.value, { from: open + 1, to: closingOf(this.tokens, open) });
    });
  }

  read(): readonly Change[] {
    const whole = { from: 0, to: this.tokens.length };
    this.scan(this.methods.get('up') ?? whole, { certain: true, table: null, blueprint: null });
    return this.changes;
  }

  private find(sign: string, from: number): number {
    const found = this.tokens.findIndex((token, index) => index >= from && isSign(token, sign));
    return found < 0 ? this.tokens.length : found;
  }
  private name(index: number): string {
    const token = this.tokens[index];
    return token?.kind === 'name' ? (token.value.split('\\').at(-1) ?? '') : '';
  }
  private is(index: number, ...signs: readonly string[]): boolean {
    return signs.some((sign) => isSign(this.tokens[index], sign));
  }
  /** A literal that is the whole argument. */
  private literal(index: number): string | null {
    const token = this.tokens[index];
    return token?.kind === 'text' && this.is(index + 1, ',', ')', ']') ? token.value : null;
  }

  private scan(body: Body, place: Place): void {
    for (let index = body.from; index < body.to; index += 1) {
      if (BRANCHES.has(this.name(index)) && !this.is(index - 1, '->', '::')) index = this.branch(index, place);
      else if (this.name(index) === 'Schema' && this.is(index + 1, '::')) index = this.schema(index, place);
      else this.step(index, place);
    }
  }

  /** Scans what a condition guards; returns its last token. */
  private branch(index: number, place: Place): number {
    const head = this.is(index + 1, '(') ? closingOf(this.tokens, index + 1) : index;
    const certain = place.certain && this.name(index) === 'if' && this.isAboutWhatIsThere(index + 2, head);
    if (this.name(head + 1) === 'if') return this.branch(head + 1, { ...place, certain: false });
    const end = this.is(head + 1, '{') ? closingOf(this.tokens, head + 1) : this.find(';', head + 1);
    this.scan({ from: head + 1, to: end }, { ...place, certain });
    return end;
  }
  /** `! Schema::hasTable(…)`, `! Schema::hasColumn(…)`, `Schema::hasTable(…)` and nothing else. */
  private isAboutWhatIsThere(from: number, to: number): boolean {
    const negated = this.is(from, '!');
    const start = negated ? from + 1 : from;
    const asked = this.name(start + 2);
    return (
      this.name(start) === 'Schema' &&
      (asked === 'hasTable' || (negated && asked.startsWith('hasColumn'))) &&
      closingOf(this.tokens, start + 3) === to - 1
    );
  }

  private schema(index: number, place: Place): number {
    const [call, open] = [this.name(index + 2), index + 3];
    if (!this.is(open, '(')) return index;
    const [table, end] = [this.literal(open + 1), closingOf(this.tokens, open)];
    if (table === null) return end;
    if (call === 'drop' || call === 'dropIfExists') this.changes.push({ do: 'drop', table, column: null });
    if (call === 'rename') this.rename({ table, column: null }, { table: this.literal(open + 3), column: null }, place);
    if (call === 'create' || call === 'table') {
      if (call === 'create') this.make({ table, column: null }, place);
      const blueprint = this.tokens.slice(open, end).find((token) => token.kind === 'variable')?.value ?? null;
      this.scan({ from: this.find('{', open) + 1, to: end }, { ...place, table, blueprint });
    }
    return end;
  }
  private make(part: { readonly table: string; readonly column: string | null }, place: Place): void {
    if (place.certain) this.changes.push({ do: 'make', ...part });
  }
  private rename(
    from: { readonly table: string; readonly column: string | null },
    to: { readonly table: string | null; readonly column: string | null },
    place: Place,
  ): void {
    this.changes.push({ do: 'drop', ...from });
    if (to.table !== null) this.make({ table: to.table, column: to.column }, place);
  }

  private step(index: number, place: Place): void {
    const called = this.name(index);
    if (called === '' || !this.is(index + 1, '(')) return;
    const owner = this.tokens[index - 2]?.value;
    if (this.is(index - 1, '->', '::') && (owner === '$this' || owner === 'self' || owner === 'static')) {
      const method = this.methods.get(called);
      if (method !== undefined && !this.seen.has(called)) {
        this.seen.add(called);
        this.scan(method, { ...place, table: null, blueprint: null });
      }
    }
    if (STATEMENTS.has(called)) {
      const sql = this.literal(index + 2);
      for (const change of sql === null ? [] : sqlChanges(sql))
        if (change.do === 'drop' || place.certain) this.changes.push(change);
    }
    if (place.table !== null && owner === place.blueprint && this.is(index - 1, '->'))
      this.column(called, index + 2, { ...place, table: place.table });
  }
  private column(called: string, argument: number, place: Place & { readonly table: string }): void {
    const { table } = place;
    if (called === 'dropColumn') {
      const end = closingOf(this.tokens, argument - 1);
      for (const token of this.tokens.slice(argument, end))
        if (token.kind === 'text') this.changes.push({ do: 'drop', table, column: token.value });
      return;
    }
    const column = this.literal(argument);
    if (column === null) return;
    if (called === 'renameColumn') {
      const to = this.literal(argument + 2);
      this.rename({ table, column }, { table: to === null ? null : table, column: to }, place);
    } else if (COLUMNS.has(called)) this.make({ table, column }, place);
  }
}

const keyOf = (table: string, column: string | null): string => `${table}.${column ?? ''}`.toLowerCase();

/**
 * Tables and columns that must be there once these migrations ran, in the order of their names. Only what runs on every
 * database and what no migration takes away again; a file nobody can read (encoded) promises nothing.
 */
export const promisedParts = (sources: ReadonlyMap<string, string>): readonly PromisedPart[] => {
  const parts = new Map<string, PromisedPart>();
  for (const [by, source] of [...sources].sort(([left], [right]) => (left < right ? -1 : 1)))
    for (const change of new MigrationReader(source).read()) {
      const { table, column } = change;
      const key = keyOf(table, column);
      if (change.do === 'make') parts.set(key, { table, column, by });
      else
        for (const known of [...parts.keys()])
          if (known === key || (column === null && known.startsWith(key))) parts.delete(known);
    }
  return [...parts.values()];
};
