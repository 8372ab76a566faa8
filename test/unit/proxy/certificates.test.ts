import { batches } from '../../../provisioners/proxies/haproxy/certificates';

describe('names in batches', () => {
  const many = Array.from({ length: 250 }, (_, n) => `desa-${n}.kec.example`);
  it('puts at most 100 names in one file', () => {
    expect([...batches('kec.example', new Map(), many).values()].map((names) => names.length)).toEqual([100, 100, 50]);
  });
  it('keeps every present name where it is and fills free places', () => {
    const first = batches('kec.example', new Map(), many);
    const second = batches('kec.example', first, [...many, 'baru.kec.example']);
    for (const [name, hosts] of first) expect(second.get(name)?.slice(0, hosts.length)).toEqual(hosts);
    expect([...second.values()].map((names) => names.length)).toEqual([100, 100, 51]);
  });
});
