import { coveringName, nameCovers } from '../../../provisioners/lib/certificate-names';

it.each([
  ['klirong.desa.id', 'klirong.desa.id'],
  ['*.kebumenkab.go.id', 'klirong.kebumenkab.go.id'],
  ['*.KebumenKab.go.id', 'KLIRONG.kebumenkab.go.id'],
  ['*.kec-klirong.kebumenkab.go.id', 'klirong.kec-klirong.kebumenkab.go.id'],
  ['xn--desa-toa.id', 'desaå.id'],
  ['*.DESAÅ.id', 'web.xn--desa-toa.id'],
])('%s covers %s', (name, host) => expect(nameCovers(name, host)).toBe(true));

it.each([
  ['*.kebumenkab.go.id', 'klirong.kec-klirong.kebumenkab.go.id'],
  ['*.kebumenkab.go.id', 'kebumenkab.go.id'],
  ['*.kebumenkab.go.id', 'klirongkebumenkab.go.id'],
  ['*.kebumenkab.go.id', '*.kebumenkab.go.id'],
  ['klirong.desa.id', 'www.klirong.desa.id'],
  ['k*.desa.id', 'klirong.desa.id'],
  ['*.*.kebumenkab.go.id', 'a.b.kebumenkab.go.id'],
  ['*.id', 'kebumen.id'],
  ['*', 'localhost'],
  ['klirong.desa.id', ''],
])('%s does not cover %s', (name, host) => expect(nameCovers(name, host)).toBe(false));

it('names the first that covers', () => {
  expect(coveringName(['a.desa.id', '*.desa.id'], 'b.desa.id')).toBe('*.desa.id');
  expect(coveringName(['a.desa.id'], 'b.desa.id')).toBeNull();
});
