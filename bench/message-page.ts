/** Writes what messages mean: `npx tsx bench/message-page.ts`, after a sentence was changed; a test holds `docs/pesan.md` against it. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageDocument } from '../server/texts/message-page';

writeFileSync(path.join(__dirname, '..', 'docs', 'pesan.md'), messageDocument());
