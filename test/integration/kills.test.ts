import { inFields, referencesOf, type References } from '../kills/chains';
import { spotsOf, type Cell, type Operation, type Victim } from '../kills/cell';
import { openField, type Field } from '../kills/field';
import type { Moment } from '../kills/hooks';
import { isGood, lineOf, type Result } from '../kills/perform';
import { bundleWorker } from '../kills/worker';

/** Ten of the table's cells, two lives of a desa; the whole table only by `./siappakai test --kills`. */
const CHOSEN: readonly (readonly [Operation, string, Moment, Victim])[] = [
  ['import', 'import/build', 'inside', 'worker'],
  ['install', 'install/provision_tenant', 'inside', 'frozen-late'],
  ['update', 'update/switch_traffic', 'after', 'worker'],
  ['domain', 'domain/switch_traffic', 'inside', 'pair'],
  ['remove', 'remove/close_route', 'inside', 'worker'],
  ['import', 'import/fetch', 'committed', 'mariadb'],
  ['install', 'install/start_release', 'after', 'engine'],
  ['update', 'update/await_healthy', 'committed', 'mariadb'],
  ['domain', 'domain/retire_release', 'inside', 'flushall'],
  ['remove', 'remove/remove_containers', 'inside', 'worker'],
];

describe('who is killed in the middle of things', () => {
  let bundle: Awaited<ReturnType<typeof bundleWorker>>;
  const fields: Field[] = [];
  const results: Result[] = [];
  const cellOf = (references: References, [operation, name, moment, victim]: (typeof CHOSEN)[number]): Cell => {
    const spot = spotsOf(references[operation].passed).find(
      (one) => `${one.work}/${one.step}` === name && one.moment === moment,
    );
    if (spot === undefined) throw new Error(`nobody comes by ${name} ${moment}`);
    return { operation, spot, turn: 1, victim };
  };
  beforeAll(async () => {
    bundle = await bundleWorker();
    fields.push(...(await Promise.all([openField(bundle.file), openField(bundle.file)])));
    const references = await referencesOf(fields[0]!);
    const cells = CHOSEN.map((one) => cellOf(references, one));
    await inFields(fields, cells, references, (one) => void results.push(one));
  }, 300_000);
  afterAll(async () => {
    await Promise.all(fields.map((one) => one.close()));
    bundle.remove();
  });

  it.each(CHOSEN)('%s, at %s, %s: %s, and the world is the undisturbed one', (operation, name, moment, victim) => {
    const own = results.filter(
      ({ cell }) =>
        cell.operation === operation &&
        `${cell.spot.work}/${cell.spot.step}` === name &&
        cell.spot.moment === moment &&
        cell.victim === victim,
    );
    expect(own.filter((one) => !isGood(one)).map(lineOf)).toEqual([]);
    expect(own).toHaveLength(1);
  });
});
