import { Transform, type TransformCallback } from 'node:stream';

const NEWLINE = 10;
/** Lines that matter are short; a longer one is data or the body of a routine and passes unread. */
const READ_LIMIT = 64 * 1024;
const READ_FIRST_BYTES: ReadonlySet<number> = new Set(['/', 'C', '-'].map((letter) => letter.charCodeAt(0)));

const TABLE = /^CREATE TABLE `((?:[^`]|``)+)` \(/;
const VIEW = /^\/\*!50001 VIEW `((?:[^`]|``)+)` AS/;
const COMPLETED = /^-- Dump completed/;
const DEFINER = /DEFINER=`((?:[^`]|``)*)`@`((?:[^`]|``)*)`/;
const DEFINER_LINE =
  /^(?:\/\*!50013 DEFINER=|\/\*!50003 CREATE\*\/ \/\*!50017 DEFINER=|\/\*!50106 CREATE\*\/ \/\*!50117 DEFINER=|CREATE DEFINER=)/;

/** Who a view, trigger or routine acts for: `user`@`host` as in the dump → the account to write, or null to leave it out. */
export type DefinerRule = (user: string, host: string) => { readonly user: string; readonly host: string } | null;
export const keepDefiners: DefinerRule = (user, host) => ({ user, host });
/** The loader becomes the definer, and views act for who reads them. */
export const dropDefiners: DefinerRule = () => null;

const plain = (quoted: string): string => quoted.replaceAll('``', '`');
const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

const rewriteDefiner = (line: string, rule: DefinerRule): string | null => {
  if (!DEFINER_LINE.test(line)) return null;
  const match = DEFINER.exec(line);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  const account = rule(plain(match[1]), plain(match[2]));
  if (account !== null) return line.replace(match[0], () => `DEFINER=${quoted(account.user)}@${quoted(account.host)}`);
  const without = line.replace(match[0], '').replace('/*!50017 */ ', '').replace('/*!50117 */ ', '');
  return line.startsWith('/*!50013') ? '/*!50013 SQL SECURITY INVOKER */\n' : without.replace('CREATE  ', 'CREATE ');
};

export interface DumpContent {
  readonly tables: ReadonlySet<string>;
  readonly views: ReadonlySet<string>;
  /** The last line says so; a dump cut short does not have it. */
  readonly complete: boolean;
}

/** Passes SQL of mariadb-dump through, rewrites definers and notes what it creates and whether it is whole. */
export class DumpLines extends Transform {
  private readonly rule: DefinerRule;
  private readonly tables = new Set<string>();
  private readonly views = new Set<string>();
  private complete = false;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private passing = false;

  /** `hello` = SQL in front of the dump, not part of it. */
  constructor(rule: DefinerRule, hello?: string) {
    super();
    this.rule = rule;
    if (hello !== undefined) this.push(hello);
  }

  content(): DumpContent {
    return { tables: this.tables, views: this.views, complete: this.complete };
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let from = 0;
    while (from < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, from);
      const end = newline < 0 ? chunk.length : newline + 1;
      this.accept(chunk.subarray(from, end));
      if (newline >= 0) this.endLine();
      from = end;
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    this.endLine();
    done();
  }

  private accept(piece: Buffer): void {
    const first = this.pendingBytes === 0 && !this.passing ? piece[0] : undefined;
    if (first !== undefined && !READ_FIRST_BYTES.has(first)) {
      this.passing = true;
      if (first !== NEWLINE) this.complete = false;
    }
    if (this.passing) {
      this.push(piece);
      return;
    }
    this.pending.push(piece);
    this.pendingBytes += piece.length;
    if (this.pendingBytes > READ_LIMIT) {
      this.flushPending();
      this.complete = false;
      this.passing = true;
    }
  }

  private endLine(): void {
    if (this.pendingBytes > 0) {
      const line = Buffer.concat(this.pending).toString('utf8');
      this.note(line);
      const rewritten = rewriteDefiner(line, this.rule);
      if (rewritten === null) this.flushPending();
      else this.push(rewritten);
    }
    this.pending = [];
    this.pendingBytes = 0;
    this.passing = false;
  }

  private flushPending(): void {
    for (const piece of this.pending) this.push(piece);
    this.pending = [];
    this.pendingBytes = 0;
  }

  private note(line: string): void {
    const table = TABLE.exec(line)?.[1];
    if (table !== undefined) this.tables.add(plain(table));
    const view = VIEW.exec(line)?.[1];
    if (view !== undefined) this.views.add(plain(view));
    this.complete = COMPLETED.test(line);
  }
}
