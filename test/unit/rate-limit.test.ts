import { limitKey } from '../../server/auth/rate-limit';
import { withoutSecrets } from '../../server/http/layanan';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0db8:1:2::99', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s is counted as %s', (address, key) => expect(limitKey(address)).toBe(key));

test('tokens in queries are not written into logs', () => {
  expect(withoutSecrets('/api/v1/pelanggan/pemesanan/faktur?invoice=REG-1&token=aa.bb.cc&x=1')).toBe(
    '/api/v1/pelanggan/pemesanan/faktur?invoice=…&token=…&x=1',
  );
  expect(withoutSecrets('/desa?search=klirong')).toBe('/desa?search=klirong');
});
