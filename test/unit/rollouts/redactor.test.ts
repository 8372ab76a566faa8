import { makeRedactor } from '../../../server/rollouts/redactor';

it('masks every secret it was told about, everywhere in a line', () => {
  const { remember, redact } = makeRedactor();
  remember('s3cret-password');
  remember('base64:a+b/c=(.*)');
  expect(redact('DB=s3cret-password again s3cret-password')).toBe('DB=[rahasia] again [rahasia]');
  expect(redact('key base64:a+b/c=(.*) end')).toBe('key [rahasia] end');
});
it('masks a secret that contains another one as a whole', () => {
  for (const order of [
    ['abcdefgh', 'abcdefgh-longer'],
    ['abcdefgh-longer', 'abcdefgh'],
  ]) {
    const { remember, redact } = makeRedactor();
    order.forEach(remember);
    expect(redact('x abcdefgh-longer y')).toBe('x [rahasia] y');
  }
});
it('does not blank out whole logs for a short or empty value', () => {
  const { remember, redact } = makeRedactor();
  remember('');
  remember('a');
  expect(redact('a plain line')).toBe('a plain line');
});
it('leaves other lines alone', () => {
  const { remember, redact } = makeRedactor();
  remember('s3cret-password');
  expect(redact('migrating 12 of 40')).toBe('migrating 12 of 40');
});
