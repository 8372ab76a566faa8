const TEXTS = /'(?:[^'\\]|\\.|'')*'?|"(?:[^"\\]|\\.|"")*"?/gs;
const LONGEST = 500;

/** An SQL statement without the texts in it, which may be secrets; at most 500 characters. */
export const bareStatement = (sql: string): string => sql.replace(TEXTS, "'…'").slice(0, LONGEST);
