import { DEFAULT_MIRRORS, mirrorsFrom } from '../../../provisioners/lib/apt-sources';
import { sourcesList } from '../../../provisioners/lib/rootfs';

test('the mirrors of a machine in either format', () => {
  const oneLine =
    '# deb http://no/debian bookworm main\ndeb [arch=amd64] http://cermin.test/debian/ bookworm main contrib\ndeb http://cermin.test/debian-security bookworm-security main\n';
  const stanzas =
    'Types: deb\nURIs: https://cermin.test/debian\nSuites: trixie trixie-updates\nComponents: main\n\nTypes: deb\nURIs: https://cermin.test/debian-security\nSuites: trixie-security\n';
  expect(mirrorsFrom([oneLine])).toEqual({
    main: 'http://cermin.test/debian',
    security: 'http://cermin.test/debian-security',
  });
  expect(mirrorsFrom([stanzas])).toEqual({
    main: 'https://cermin.test/debian',
    security: 'https://cermin.test/debian-security',
  });
});

test('what is not Debian leaves the defaults', () => {
  const other =
    'deb http://archive.ubuntu.com/ubuntu noble main\ndeb https://deb.nodesource.com/node_20.x nodistro main\n';
  expect(mirrorsFrom([other, ''])).toEqual(DEFAULT_MIRRORS);
  expect(mirrorsFrom([])).toEqual(DEFAULT_MIRRORS);
});

test('an image gets its suite, updates and security', () => {
  expect(sourcesList('bookworm', DEFAULT_MIRRORS).trim().split('\n')).toEqual([
    'deb http://deb.debian.org/debian bookworm main',
    'deb http://deb.debian.org/debian bookworm-updates main',
    'deb http://deb.debian.org/debian-security bookworm-security main',
  ]);
});
