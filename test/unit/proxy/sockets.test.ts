import { parseProcesses } from '../../../provisioners/proxies/haproxy/master-socket';
import {
  changeRoutes,
  changeSingly,
  readRoutes,
  readTraffic,
  sumTraffic,
} from '../../../provisioners/proxies/haproxy/runtime-socket';

const teller = (
  answers: (command: string) => string,
): { readonly said: string[]; readonly ask: (command: string) => Promise<string> } => {
  const said: string[] = [];
  return {
    said,
    ask: async (command) => {
      said.push(command);
      return answers(command);
    },
  };
};

describe('what HAProxy says', () => {
  it('names its processes', () => {
    const text = `#<PID>          <type>          <reloads>       <uptime>        <version>
1271            master          2 [failed: 1]   0d00h02m28s     2.6.12-1+deb12u4
# workers
1299            worker          0               0d00h00m10s     2.6.12-1+deb12u4
# old workers
1233            worker          1               0d00h00m17s     2.6.12-1+deb12u4
1200            worker          2               0d00h00m43s     2.6.12-1+deb12u4
# programs
`;
    expect(parseProcesses(text)).toEqual({ reloads: 2, failed: 1, worker: 1299, oldWorkers: [1233, 1200] });
  });

  it('lists its routes and counters', async () => {
    const routes = teller(() => '0x560 @hash abc\n0x561 a.example/ open|10.0.0.1|8080|01J\n\n');
    expect([...(await readRoutes(routes.ask))]).toEqual([
      ['@hash', 'abc'],
      ['a.example/', 'open|10.0.0.1|8080|01J'],
    ]);
    const table = teller(
      () =>
        '# table: traffic, type: string, size:20480, used:1\n0x55: key=10.0.0.1|8080|01J use=1 exp=8 conn_cur=2 http_req_cnt=31 http_fail_cnt=4\n\n',
    );
    const traffic = await readTraffic(table.ask);
    expect(traffic).toEqual([{ address: '10.0.0.1:8080', route: '01J', running: 2, requests: 31, failures: 4 }]);
    expect(sumTraffic([traffic, traffic])).toEqual([
      { address: '10.0.0.1:8080', route: '01J', running: 4, requests: 62, failures: 8 },
    ]);
  });
});

describe('what HAProxy is told', () => {
  it('is a failure when it objects', async () => {
    const objecting = teller(() => 'entry not found.\n\n');
    await expect(changeSingly(objecting.ask, { set: [['a/', 'x']], add: [], remove: [] })).rejects.toMatchObject({
      code: 'failed',
      details: { said: 'entry not found.' },
    });
  });

  it('adds before it removes and fits in lines of one buffer', async () => {
    const quiet = teller(() => '\n');
    const add = Array.from(
      { length: 50 },
      (_, n) => [`desa-${n}.${'x'.repeat(200)}.example/`, `open|10.0.0.${n}|8080|01J${n}`] as const,
    );
    await changeSingly(quiet.ask, { set: [['a/', 'y']], add, remove: ['b/'] });
    expect(quiet.said.every((line) => line.length < 15_000)).toBe(true);
    const commands = quiet.said.join(';').split(';');
    expect(commands).toHaveLength(52);
    expect(commands.slice(-2)).toEqual(['del map routes.map b/', 'set map routes.map a/ y']);
  });

  it('is a whole new table, committed at once, when much changes', async () => {
    const table = new Map(
      Array.from({ length: 900 }, (_, n) => [`desa-${n}.example/`, `open|10.0.0.1|8080|${n}`] as const),
    );
    const telling = teller((command) => (command.startsWith('prepare') ? 'New version created: 7\n\n' : '\n'));
    await changeRoutes(telling.ask, { set: [], add: [...table], remove: [] }, table);
    expect(telling.said[0]).toBe('prepare map routes.map');
    expect(telling.said.at(-1)).toBe('commit map @7 routes.map');
    const added = telling.said.slice(1, -1);
    expect(
      added.every(
        (line) => line.startsWith('add map @7 routes.map <<\n') && line.endsWith('\n') && line.length < 15_000,
      ),
    ).toBe(true);
    expect(added.flatMap((line) => line.trim().split('\n').slice(1))).toHaveLength(900);
  });
});
