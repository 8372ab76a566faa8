/** One statement as MariaDB's general log tells it. */
export interface LoggedStatement {
  /** Account without its host. */
  readonly account: string;
  /** Address it came from; empty = this machine. */
  readonly from: string;
  readonly sql: string;
}

export const LOG_ON: readonly string[] = [
  "SET GLOBAL log_output = 'TABLE'",
  'TRUNCATE TABLE mysql.general_log',
  'SET GLOBAL general_log = ON',
];
export const LOG_OFF = 'SET GLOBAL general_log = OFF';
/** Statements that begin like DDL, comments in front allowed; rows for `statementsOf`. */
export const LOGGED_DDL = `SELECT user_host AS who, CONVERT(argument USING utf8mb4) AS said FROM mysql.general_log
  WHERE command_type IN ('Query', 'Execute')
  AND CONVERT(argument USING utf8mb4) REGEXP '^[[:space:]]*(/[*][^*]*[*]?/?[[:space:]]*)*(CREATE|ALTER|DROP|RENAME|TRUNCATE)[[:space:]*/]'
  ORDER BY event_time`;

const word = (value: unknown): string => (typeof value === 'string' ? value : String(value));
/** Without comments; what stands in `/*!50003 … *\/` is run by the server and stays. */
const plain = (sql: string): string =>
  sql
    .replace(/\/\*(?!M?!)[\s\S]*?\*\//g, ' ')
    .replace(/\/\*M?!\d*|\*\//g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

export const statementsOf = (rows: readonly Readonly<Record<string, unknown>>[]): readonly LoggedStatement[] =>
  rows.map((row) => {
    const who = word(row['who']);
    return {
      account: who.split('[')[0] ?? '',
      from: /\[([^[\]]*)\]$/.exec(who.trim())?.[1] ?? '',
      sql: plain(word(row['said'])),
    };
  });

/** True for a change of tables, views, triggers, indexes or routines; not for databases, accounts and temporary tables. */
export const changesObjects = ({ sql }: LoggedStatement): boolean =>
  /^(CREATE|ALTER|DROP|RENAME|TRUNCATE)\b/i.test(sql) &&
  !/^(CREATE|ALTER|DROP|RENAME)\s+(OR\s+REPLACE\s+)?(DATABASE|SCHEMA|USER|ROLE|TEMPORARY)\b/i.test(sql);

/** account → how many statements. */
export const perAccount = (statements: readonly LoggedStatement[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { account } of statements) counts[account] = (counts[account] ?? 0) + 1;
  return counts;
};

/** Addresses that spoke again after another one had: two worked at the same time. */
export const interleaved = (statements: readonly LoggedStatement[]): readonly string[] => {
  const ended = new Set<string>();
  const again = new Set<string>();
  let now: string | null = null;
  for (const { from } of statements) {
    if (from === now) continue;
    if (now !== null) ended.add(now);
    if (ended.has(from)) again.add(from);
    now = from;
  }
  return [...again];
};
