import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import ts from 'typescript';
import type { Spot } from './hooks';

const HERE = __dirname;
const plain = (file: string): string =>
  ts.transpileModule(readFileSync(file, 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
  }).outputText;

/** File of the build → what stands in its place; `own` is what was there. The product itself is not touched: this is a copy for one test. */
const WRAPPED: Readonly<Record<string, string>> = {
  'server/steps/index.js': '{ ...own, makeHandlers: hooks.hookHandlers(own.makeHandlers, reach) }',
  'server/rollouts/ledger.js': '{ ...own, Ledger: hooks.hookLedger(own.Ledger) }',
  'server/stores/index.js':
    '{ ...own, makeTransactor: (...given) => hooks.hookTransactor(own.makeTransactor(...given), reach) }',
  'server/services/release-service.js': `{
    ...own,
    ReleaseImporter: class extends own.ReleaseImporter {
      constructor(deps) { super({ ...deps, tools: hooks.hookTools(deps.tools, reach) }); }
    },
  }`,
  'provisioners/releases/index.js': `{
    ...own,
    createReleaseSources: (...given) => own.createReleaseSources(...given).map((source) => ({
      ...source,
      accepts: (where) => source.accepts(where),
      fetch: async (...wanted) => {
        const label = await source.fetch(...wanted);
        await hooks.actOfImport(reach);
        return label;
      },
    })),
  }`,
};
const wrapper = (file: string, exported: string): string => {
  const up = '../'.repeat(file.split('/').length - 1);
  return `'use strict';
const own = require('./${path.basename(file, '.js')}.own.js');
const hooks = require('${up}kills/hooks.js');
const { reach } = require('${up}kills/reach.js');
module.exports = ${exported};
`;
};

/** The worker of an installation stops where it is told to, from its next start on. */
export interface RealHooks {
  stopAt(spot: Spot): void;
  /** Pid of the worker that stands there; null = nobody does. */
  stands(): number | null;
  go(): void;
  clear(): void;
}
/** Lays the hooks into the build of a test's own checkout. */
export const layHooks = (root: string): RealHooks => {
  const dist = path.join(root, 'dist');
  const folder = path.join(dist, 'kills');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  writeFileSync(path.join(folder, 'hooks.js'), plain(path.join(HERE, 'hooks.ts')));
  writeFileSync(path.join(folder, 'reach.js'), plain(path.join(HERE, '../helpers/killed-reach-entry.ts')));
  for (const [file, exported] of Object.entries(WRAPPED)) {
    const place = path.join(dist, file);
    renameSync(place, place.replace(/\.js$/, '.own.js'));
    writeFileSync(place, wrapper(file, exported));
    chmodSync(place, 0o644);
  }
  const at = (name: string): string => path.join(folder, name);
  const clear = (): void => {
    for (const name of ['stop.json', 'claimed.json', 'stood', 'go']) rmSync(at(name), { force: true });
  };
  return {
    stopAt(spot) {
      clear();
      writeFileSync(at('stop.tmp'), JSON.stringify(spot));
      renameSync(at('stop.tmp'), at('stop.json'));
    },
    stands: () => (existsSync(at('stood')) ? Number(readFileSync(at('stood'), 'utf8')) : null),
    go: () => writeFileSync(at('go'), ''),
    clear,
  };
};
/** Another worker than `before`; resolves with its pid. */
export const otherPid = async (find: () => Promise<number | null>, before: number | null): Promise<number> => {
  for (;;) {
    const pid = await find();
    if (pid !== null && pid !== before) return pid;
    await sleep(50);
  }
};
