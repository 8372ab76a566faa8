/** The guards of the product, how each is taken out, and who should notice. */

/** `from` stands in `file` exactly once. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}
export interface Guard {
  readonly name: string;
  /** What it keeps from happening. */
  readonly keeps: string;
  readonly edits: readonly Edit[];
  /** The tests that should turn red. `only` = as jest's -t. */
  readonly tests: { readonly tier: Tier; readonly file: string; readonly only?: string };
}
/** A project of the tests. */
export type Tier = 'unit' | 'integration' | 'docker' | 'contract';
/** Where its tests stand, from the checkout. */
export const folderOf = (tier: Tier): string => (tier === 'docker' ? 'test/integration/docker' : `test/${tier}`);

export const GUARDS: readonly Guard[] = [
  {
    name: 'epoch',
    keeps: 'a worker that was frozen writes over its successor',
    edits: [
      {
        file: 'server/stores/deployment-store.ts',
        from: "lease_epoch: lease.epoch })\n      .whereIn('state', [...from])",
        to: "})\n      .whereIn('state', [...from])",
      },
    ],
    tests: { tier: 'integration', file: 'engine-claims', only: 'late write|still works|rows of its own|same worker' },
  },
  {
    name: 'public-proof',
    keeps: 'a desa is called green that nobody saw from outside',
    edits: [
      {
        file: 'server/steps/traffic-steps.ts',
        from: 'const proof = identity.reason === null ? await page() : identity;',
        to: 'const proof = { ...identity, reason: null, measured: true };',
      },
    ],
    tests: { tier: 'integration', file: 'broken-releases', only: 'seen from outside all the same' },
  },
  {
    name: 'instance-key',
    keeps: 'a container answers for another one, and tells strangers who it is',
    edits: [
      {
        file: 'provisioners/lib/php-app.ts',
        from: "'$sp_key_ok', '0',",
        to: "'$sp_key_ok', '1',",
      },
    ],
    tests: { tier: 'unit', file: 'apps' },
  },
  {
    name: 'host',
    keeps: 'a container answers on the address of another desa',
    edits: [
      {
        file: 'provisioners/lib/php-app.ts',
        from: "'$sp_host_ok',\n      '0',",
        to: "'$sp_host_ok',\n      '1',",
      },
    ],
    tests: { tier: 'unit', file: 'apps' },
  },
  {
    name: 'dml-only',
    keeps: 'a village changes the structure everybody shares',
    edits: [
      {
        file: 'provisioners/databases/mariadb/grants.ts',
        from: "  'SHOW VIEW',\n];",
        to: "  'SHOW VIEW',\n  'CREATE',\n  'ALTER',\n  'DROP',\n];",
      },
    ],
    tests: { tier: 'contract', file: 'database.test', only: 'by socket.*dml user' },
  },
  {
    name: 'dump',
    keeps: 'a migration begins without a way back',
    edits: [
      {
        file: 'server/domain/rollout-decision.ts',
        from: "? [move('snapshotting', 'snapshot')]",
        to: "? [move('migrating', 'migrate')]",
      },
    ],
    tests: { tier: 'unit', file: 'domain/rollout-decision' },
  },
  {
    name: 'dump-verified',
    keeps: 'a dump that broke off counts as one',
    edits: [
      {
        file: 'provisioners/databases/mariadb/dump-file.ts',
        from: '    target.verify(found);\n',
        to: '',
      },
    ],
    tests: { tier: 'unit', file: 'dump-file' },
  },
  {
    name: 'schema-lane',
    keeps: 'two change one schema at once',
    edits: [
      {
        file: 'server/rollouts/ledger.ts',
        from: 'LANE_STEPS.has(row.kind) ? await this.lane.take(stores, deployment) : null',
        to: 'null',
      },
    ],
    tests: { tier: 'integration', file: 'engine-lane', only: 'lets one desa at a time' },
  },
  {
    name: 'label',
    keeps: 'something is stopped or removed that is not ours',
    edits: [
      {
        file: 'provisioners/targets/docker/engine.ts',
        from: 'if (labels?.[LABEL.installation] === engine.installation) return;',
        to: 'if (labels !== undefined) return;',
      },
    ],
    tests: { tier: 'contract', file: 'target.test', only: 'docker workloads (ensured twice|a stranger)' },
  },
  {
    name: 'switch-back',
    keeps: 'citizens stay on a release that fails while it is watched',
    edits: [
      {
        file: 'server/steps/traffic-steps.ts',
        from: '    const before = step.outputs.put_files;\n    if (before === undefined) return;\n    const subject = await loadSubject(world, step.deployment.subjectId);\n    // Also when',
        to: '    const before = step.outputs.put_files;\n    if (before !== null) return;\n    const subject = await loadSubject(world, step.deployment.subjectId);\n    // Also when',
      },
    ],
    tests: { tier: 'integration', file: 'broken-releases', only: 'opensid: ends while it is watched' },
  },
  {
    name: 'path',
    keeps: 'an archive writes outside its folder',
    edits: [
      {
        file: 'provisioners/lib/release-rules.ts',
        from: "  if (parts.includes('..')) throw refusal('traversal', { path: clip(raw) });\n",
        to: '',
      },
    ],
    tests: { tier: 'unit', file: 'releases/archive-refusals' },
  },
  {
    name: 'link',
    keeps: 'a link of an archive leads outside',
    edits: [
      {
        file: 'provisioners/lib/release-rules.ts',
        from: "  if (resolved === '..' || resolved.startsWith('../')) throw refusal('link_outside', facts);\n",
        to: '',
      },
    ],
    tests: { tier: 'unit', file: 'releases/archive-refusals' },
  },
  {
    name: 'taken-host',
    keeps: 'two desa get one address',
    edits: [
      {
        file: 'server/domain/rollout-plan.ts',
        from: 'if (owner !== undefined && owner !== kode) problems.push(',
        to: 'if (owner === kode) problems.push(',
      },
    ],
    tests: { tier: 'unit', file: 'domain/rollout-plan' },
  },
  {
    name: 'host-key',
    keeps: 'a password goes to a machine that only says it is ours',
    edits: [
      {
        file: 'provisioners/servers/ssh.ts',
        from: 'return accept(seen.fingerprint);',
        to: 'return true;',
      },
    ],
    tests: { tier: 'integration', file: 'server-add', only: 'another key later' },
  },
  {
    name: 'origin',
    keeps: 'a form of another host is taken for ours',
    edits: [
      {
        file: 'server/http/app.ts',
        from: "if (request.method !== 'GET' && request.method !== 'HEAD' && (!ours || elsewhere))",
        to: "if (ours && elsewhere && request.method === 'TRACE')",
      },
    ],
    tests: { tier: 'integration', file: 'http-entry' },
  },
  {
    name: 'csrf',
    keeps: 'a page of others acts in the name of who is signed in',
    edits: [{ file: 'server/http/app.ts', from: '  app.use(csrf.csrfSynchronisedProtection);\n', to: '' }],
    tests: { tier: 'integration', file: 'http-entry' },
  },
  {
    name: 'csrf-api',
    keeps: 'the same by REST',
    edits: [{ file: 'server/http/app.ts', from: ', sameOrigin, csrf.csrfSynchronisedProtection]', to: ']' }],
    tests: { tier: 'integration', file: 'http-api.test', only: 'own account, tokens' },
  },
  {
    name: 'replay-gap',
    keeps: 'a page goes on after a gap and shows what never was',
    edits: [
      {
        file: 'views/assets-src/js/90-live.js',
        from: "      if (batch.after > seq) return emit('join', { stream, after: seq });\n",
        to: '',
      },
    ],
    tests: { tier: 'unit', file: 'views/live-gap' },
  },
  {
    name: 'replay-time',
    keeps: 'a page from another time is led on instead of loaded again',
    edits: [
      {
        file: 'server/realtime/relay.ts',
        from: 'if (after > last || last - after > REPLAY_LIMIT) {',
        to: 'if (after > REPLAY_LIMIT * 1e9) {',
      },
    ],
    tests: { tier: 'integration', file: 'realtime', only: 'waited too long' },
  },
  {
    name: 'room',
    keeps: 'a release fills the disk before anybody asked',
    edits: [
      { file: 'provisioners/releases/tree-writer.ts', from: '  await requireRoom(into, bytesOnDisk(size));\n', to: '' },
    ],
    tests: { tier: 'docker', file: 'full-disk' },
  },
];

/** The text with the guard taken out; throws when it is not found exactly once. */
export const takenOut = (text: string, { file, from, to }: Edit): string => {
  const found = text.split(from).length - 1;
  if (found !== 1) throw new Error(`${file}: ${found} times instead of once: ${from}`);
  return text.replace(from, () => to);
};
