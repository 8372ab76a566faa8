/** One round of the keeper in a process of its own, which somebody kills in the middle; its proxy is a real one on this machine. */
import { z } from 'zod';
import { checkHere, makeHaproxy } from '../../provisioners/proxies/haproxy';
import { makeInternalCa } from '../../provisioners/lib/internal-ca';
import { openSecretBox } from '../../server/auth/secret-box';
import { makeTransactor } from '../../server/stores';
import { connectDatabase } from '../../server/stores/connect';
import { makeKeeper } from './certificate-world';

const facts = z
  .object({ url: z.string(), keys: z.string(), folder: z.string(), runFolder: z.string(), ca: z.string() })
  .parse(JSON.parse(process.argv[2] ?? ''));
const ports = { http: 1, https: 1 };
const proxy = makeHaproxy({
  ...{ folder: facts.folder, runFolder: facts.runFolder, listen: ports, publicPorts: ports, pages: facts.folder },
  ca: makeInternalCa(facts.ca, 'SiapPakai CA test'),
  check: checkHere(facts.folder),
});
const db = connectDatabase(facts.url, 2);
void makeKeeper({ transact: makeTransactor(db, () => undefined), box: openSecretBox(facts.keys), proxy })
  .round()
  .finally(() => db.destroy());
