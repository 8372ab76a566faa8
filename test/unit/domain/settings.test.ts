import { hostnameSchema, mailSchema, settingSchemas } from '../../../server/domain/settings';

const isRead = (schema: { safeParse(value: unknown): { readonly success: boolean } }, value: unknown): boolean =>
  schema.safeParse(value).success;

test.each(['api.github.com', 'OpenDK.kebumenkab.go.id', 'xn--desa-9la.id', '7langit.id'])('%s is a host', (name) => {
  expect(isRead(hostnameSchema, name)).toBe(true);
});

test.each(['203.0.113.7', 'desa', 'desa.id:443', '-a.id', 'a..id', 'bukan nama!'])('%s is none', (name) => {
  expect(isRead(hostnameSchema, name)).toBe(false);
});

test('an address opens nothing outside, so it is refused there; a mail server may have one', () => {
  expect(isRead(settingSchemas.egress, ['203.0.113.7'])).toBe(false);
  const server = { port: 25, security: 'none', user: null, from: 'a@b.id', fromName: 'A' };
  expect(isRead(mailSchema, { ...server, host: '203.0.113.7' })).toBe(true);
});
