import { branded } from '../../../provisioners/proxies/haproxy/branded';
import { renderConfig, type ConfigInput } from '../../../provisioners/proxies/haproxy/config';

const INVALID = expect.objectContaining({ code: 'invalid' }) as Error;
const input: ConfigInput = {
  runFolder: '/srv/sp/run/proxy',
  listen: { http: 8080, https: 8443, outside: 443 },
  publicPorts: { http: 80, https: 443 },
  dashboardSocket: null,
  pagesHash: 'p',
};
const database = { socket: '/run/siappakai-db/mysqld.sock', giveUpPaths: ['/koneksi-database'] };
const textOf = (change: Partial<ConfigInput>): string => renderConfig({ ...input, ...change }).text;

describe('the shared database', () => {
  it('is looked at only when it is known', () => {
    expect(textOf({})).not.toMatch(/backend database|lua|srv_is_up/);
    expect(textOf({ database })).toContain('server steady unix@/run/siappakai-db/mysqld.sock check');
  });
  it.each([
    ['a socket that climbs out', { ...database, socket: '/run/../etc/x.sock' }],
    ['a socket with a line break', { ...database, socket: '/run/x\n.sock' }],
    ['a path with an expression', { ...database, giveUpPaths: ["/a'|.*"] }],
  ])('refuses %s', (_, wrong) => {
    expect(() => textOf({ database: wrong })).toThrow(INVALID);
  });
});

describe('the way out', () => {
  it('is not there while nothing is open, or when nobody may begin there', () => {
    expect(textOf({})).not.toContain('frontend outside');
    expect(textOf({ listen: { http: 8080, https: 8443 }, outside: ['api.github.com'] })).not.toContain('outside');
  });
  it('names what is open, and never leads into this machine', () => {
    const text = textOf({ outside: ['api.github.com', 'layanan.opendesa.id'] });
    expect(text).toContain('acl listed var(sess.name) -m str api.github.com layanan.opendesa.id');
    expect(text).toMatch(
      /reject if \{ var\(sess\.address\) -m ip .*127\.0\.0\.0\/8 169\.254\.0\.0\/16 10\.200\.0\.0\/14/,
    );
  });
  it('refuses what is no host name', () => {
    expect(() => textOf({ outside: ['a b'] })).toThrow(INVALID);
  });
});

describe('pages', () => {
  it('carry the name of the office as text', () => {
    const page = '<main>{{identitas}}</main> {{warna}} {{warna}}';
    expect(branded(page, { line: `<b>A & 'B'</b> $&`, color: '#aabbcc' })).toBe(
      '<main><p>&lt;b&gt;A &amp; &#39;B&#39;&lt;/b&gt; $&amp;</p></main> #aabbcc #aabbcc',
    );
    expect(branded(page)).toMatch(/^<main><\/main> #[0-9a-f]{6} /);
    expect(() => branded(page, { line: '', color: 'red;}' })).toThrow(INVALID);
  });
});
