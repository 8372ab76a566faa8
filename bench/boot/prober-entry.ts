/**
 * Asks `/` of every desa again and again and says of each answer a line of JSON on stdout; ends when it is killed.
 * `prober-entry.ts ADDRESS PORT CA-FILE INTERVAL-MS SITES` with SITES = JSON of { kode, host, title } [].
 */
import { readFileSync } from 'node:fs';
import { readable, visitor, type Site } from '../real-update-probes';

const [address = '', port = '', ca = '', interval = '', sites = ''] = process.argv.slice(2);
const visit = visitor(Number(port), readFileSync(ca, 'utf8'), address);
const look = async ({ kode, host, title }: Site): Promise<void> => {
  const at = Date.now();
  const { status, body } = await visit(host, '/');
  const ok = status === 200 && readable(body).includes(title);
  process.stdout.write(
    `${JSON.stringify({ kode, at, until: Date.now(), status, ok, said: ok ? '' : readable(body).slice(0, 60) })}\n`,
  );
};
for (const site of JSON.parse(sites) as readonly Site[]) setInterval(() => void look(site), Number(interval));
