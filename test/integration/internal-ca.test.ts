import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEAF_DAYS, makeInternalCa, readCertificate } from '../../provisioners/lib/internal-ca';

const DAY = 86_400_000;

describe('the internal CA', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sp-ca-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is made once, also by many at once, with a key that only its owner reads', async () => {
    const ca = join(folder, 'ca');
    const made = await Promise.all(Array.from({ length: 5 }, () => makeInternalCa(ca, 'SiapPakai CA').certificate()));
    expect(new Set(made).size).toBe(1);
    expect((await stat(join(ca, 'ca.key'))).mode & 0o777).toBe(0o600);
    expect((await stat(ca)).mode & 0o777).toBe(0o700);
    const certificate = new X509Certificate(made[0] ?? '');
    expect(certificate.ca).toBe(true);
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now() + 3640 * DAY);
    expect(await readFile(join(ca, 'ca.key'), 'utf8')).toContain('PRIVATE KEY');
  });

  it('signs certificates for the names it is given', async () => {
    const ca = makeInternalCa(folder, 'SiapPakai CA');
    const issued = await ca.issue(['a.example', 'b.localhost']);
    const certificate = new X509Certificate(issued.certificate);
    expect(certificate.verify(new X509Certificate(await ca.certificate()).publicKey)).toBe(true);
    expect(certificate.checkHost('a.example')).toBe('a.example');
    expect(certificate.checkHost('c.example')).toBeUndefined();
    expect(certificate.ca).toBe(false);
    const facts = readCertificate(issued.certificate + issued.key);
    expect(facts?.hosts).toEqual(['a.example', 'b.localhost']);
    expect(Math.round(((facts?.notAfter.getTime() ?? 0) - Date.now()) / DAY)).toBe(LEAF_DAYS);
    const other = await ca.issue(['a.example']);
    expect(readCertificate(issued.certificate + other.key)).toBeNull();
    expect(new X509Certificate(other.certificate).serialNumber).not.toBe(certificate.serialNumber);
  });

  it.each([
    [[]],
    [['*.example']],
    [['a.example\nDNS.2 = evil.example']],
    [Array.from({ length: 101 }, (_, n) => `a${n}.example`)],
  ])('refuses %j', async (hosts) => {
    await expect(makeInternalCa(folder, 'SiapPakai CA').issue(hosts)).rejects.toMatchObject({ code: 'invalid' });
  });
});
