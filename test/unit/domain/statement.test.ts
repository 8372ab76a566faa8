import { bareStatement } from '../../../server/domain/statement';

test.each([
  ['SELECT COUNT(*) FROM config', 'SELECT COUNT(*) FROM config'],
  ["UPDATE user SET password = 'rahasia' WHERE id = 1", "UPDATE user SET password = '…' WHERE id = 1"],
  ["SELECT 'a''b', \"c\\\"d\", 'e\\'f', 2", "SELECT '…', '…', '…', 2"],
  ["SELECT 'never\nclosed", "SELECT '…'"],
])('%s', (sql, bare) => {
  expect(bareStatement(sql)).toBe(bare);
});
test('a long one is cut', () => {
  expect(bareStatement(`SELECT ${'1,'.repeat(9000)}`)).toHaveLength(500);
});
