import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DumpLines,
  dropDefiners,
  keepDefiners,
  type DefinerRule,
  type DumpContent,
} from '../../provisioners/databases/mariadb/dump-lines';

const passThrough = async (
  sql: Buffer,
  rule: DefinerRule,
  cut: () => number,
): Promise<{ text: string; content: DumpContent }> => {
  const pieces: Buffer[] = [];
  for (let from = 0; from < sql.length;) {
    const size = cut();
    pieces.push(sql.subarray(from, from + size));
    from += size;
  }
  const lines = new DumpLines(rule);
  const seen: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done): void {
      seen.push(chunk);
      done();
    },
  });
  await pipeline(Readable.from(pieces), lines, sink);
  return { text: Buffer.concat(seen).toString(), content: lines.content() };
};

const SQL = [
  '/*M!999999\\- enable the sandbox mode */ ',
  '-- MariaDB dump',
  'CREATE TABLE `config` (',
  '  `id` int(11)',
  ') ENGINE=InnoDB;',
  'CREATE TABLE `aneh ``1` (',
  '  `x` int);',
  `INSERT INTO \`config\` VALUES (1,'DEFINER=\`a\`@\`b\`\\n-- Dump completed'),(2,'${'x'.repeat(200_000)}');`,
  '/*!50003 CREATE*/ /*!50017 DEFINER=`lama`@`%`*/ /*!50003 TRIGGER jaga BEFORE DELETE ON config FOR EACH ROW SET @x = 1 */;;',
  'CREATE DEFINER=`lama`@`%` PROCEDURE `catat`()',
  '/*!50106 CREATE*/ /*!50117 DEFINER=`lama`@`%`*/ /*!50106 EVENT `tiap` ON SCHEDULE EVERY 1 DAY DO SET @x = 1 */ ;;',
  '/*!50001 CREATE ALGORITHM=UNDEFINED */',
  '/*!50013 DEFINER=`la``ma`@`%` SQL SECURITY DEFINER */',
  '/*!50001 VIEW `hidup` AS select 1 */;',
  '',
  '-- Dump completed',
  '',
].join('\n');

// A fixed sequence: a failure can be run again.
const sizes = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return 1 + (state % 7) * (state % 11 === 0 ? 50_000 : 3);
  };
};

describe('reading a dump while it passes', () => {
  test('finds tables, views and the end, and changes nothing, wherever the stream is cut', async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const { text, content } = await passThrough(Buffer.from(SQL), keepDefiners, sizes(seed));
      expect(text).toBe(SQL);
      expect([...content.tables]).toEqual(['config', 'aneh `1']);
      expect([...content.views]).toEqual(['hidup']);
      expect(content.complete).toBe(true);
    }
  });

  test('a dump cut anywhere is not complete', async () => {
    const end = SQL.indexOf('\n-- Dump completed');
    for (const at of [0, 10, 100, 100_000, end, end + 10]) {
      const { content } = await passThrough(Buffer.from(SQL.slice(0, at)), keepDefiners, () => 4096);
      expect(content.complete).toBe(false);
    }
    const more = await passThrough(Buffer.from(`${SQL}INSERT INTO x VALUES (1);\n`), keepDefiners, () => 4096);
    expect(more.content.complete).toBe(false);
  });

  test('definers are replaced where they are definers, never in data', async () => {
    const { text } = await passThrough(
      Buffer.from(SQL),
      (user) => (user === 'la`ma' ? { user: 'ba`ru', host: 'h' } : { user: 'baru', host: '%' }),
      sizes(3),
    );
    expect(text.match(/DEFINER=`[^@]*`@`[^`]*`/g)).toEqual([
      'DEFINER=`a`@`b`',
      'DEFINER=`baru`@`%`',
      'DEFINER=`baru`@`%`',
      'DEFINER=`baru`@`%`',
      'DEFINER=`ba``ru`@`h`',
    ]);
  });

  test('definers can be left out', async () => {
    const { text } = await passThrough(Buffer.from(SQL), dropDefiners, sizes(5));
    expect(text).toContain('/*!50003 CREATE*/ /*!50003 TRIGGER jaga');
    expect(text).toContain('CREATE PROCEDURE `catat`()');
    expect(text).toContain('/*!50106 CREATE*/ /*!50106 EVENT');
    expect(text).toContain('/*!50013 SQL SECURITY INVOKER */\n');
    expect(text.match(/DEFINER=/g)).toEqual(['DEFINER=']);
  });
});
