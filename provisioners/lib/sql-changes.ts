/** A table or column (null = the table itself) that appears or goes. */
export interface Change {
  readonly do: 'make' | 'drop';
  readonly table: string;
  readonly column: string | null;
}

const ID = '[`"]?(\\w+)[`"]?';
const CREATE = new RegExp(`^\\s*CREATE\\s+TABLE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?${ID}`, 'i');
const DROP = new RegExp(`^\\s*DROP\\s+TABLE\\s+(?:IF\\s+EXISTS\\s+)?${ID}`, 'i');
const ALTER = new RegExp(`^\\s*ALTER\\s+(?:IGNORE\\s+)?TABLE\\s+(?:IF\\s+EXISTS\\s+)?${ID}\\s+([\\s\\S]*)$`, 'i');
const ADD = new RegExp(`^ADD\\s+(?:COLUMN\\s+)?(?:IF\\s+NOT\\s+EXISTS\\s+)?${ID}\\s+\\w`, 'i');
const REMOVE = new RegExp(`^DROP\\s+(?:COLUMN\\s+)?(?:IF\\s+EXISTS\\s+)?${ID}\\s*$`, 'i');
const CHANGE = new RegExp(
  `^(?:CHANGE\\s+(?:COLUMN\\s+)?${ID}\\s+${ID}\\s|RENAME\\s+COLUMN\\s+${ID}\\s+TO\\s+${ID})`,
  'i',
);
const RENAME = new RegExp(`^RENAME\\s+(?:TO\\s+|AS\\s+)?${ID}\\s*$`, 'i');
/** Words behind ADD or DROP that begin something else than a column. */
const OTHERS = /^(?:constraint|index|key|unique|primary|foreign|fulltext|spatial|check|partition|system|period)$/i;

/** Clauses of one ALTER TABLE: commas inside brackets and quotes belong to a clause. */
const clauses = (text: string): readonly string[] => {
  const found = text.match(/(?:'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|\((?:[^()]|\([^()]*\))*\)|[^,;])+/g) ?? [];
  return found.map((clause) => clause.trim());
};
const alterChanges = (table: string, rest: string): readonly Change[] =>
  clauses(rest).flatMap((clause): readonly Change[] => {
    const renamed = RENAME.exec(clause)?.[1];
    if (renamed !== undefined)
      return [
        { do: 'drop', table, column: null },
        { do: 'make', table: renamed, column: null },
      ];
    const changed = CHANGE.exec(clause);
    const [from, to] = [changed?.[1] ?? changed?.[3], changed?.[2] ?? changed?.[4]];
    if (from !== undefined && to !== undefined)
      return [
        { do: 'drop', table, column: from },
        { do: 'make', table, column: to },
      ];
    const added = ADD.exec(clause)?.[1];
    if (added !== undefined && !OTHERS.test(added)) return [{ do: 'make', table, column: added }];
    const removed = REMOVE.exec(clause)?.[1];
    return removed === undefined || OTHERS.test(removed) ? [] : [{ do: 'drop', table, column: removed }];
  });

/** What one statement makes and takes away; other statements give nothing. */
export const sqlChanges = (sql: string): readonly Change[] => {
  const created = CREATE.exec(sql)?.[1];
  if (created !== undefined) return [{ do: 'make', table: created, column: null }];
  const dropped = DROP.exec(sql)?.[1];
  if (dropped !== undefined) return [{ do: 'drop', table: dropped, column: null }];
  const altered = ALTER.exec(sql);
  return altered === null ? [] : alterChanges(altered[1] ?? '', altered[2] ?? '');
};
