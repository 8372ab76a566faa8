import { linesFor, satisfies } from '../../../provisioners/releases/php-constraint';

describe('php constraint', () => {
  it.each([
    ['^8.1', '8.2.29', true],
    ['^8.1', '8.4.11', true],
    ['^8.4', '8.2.29', false],
    ['^7.4 || ^8.0', '8.2.29', true],
    ['^7.4 || ^8.0 || ^8.1', '8.4.11', true],
    ['^7.4|^8.0', '8.2.29', true],
    ['^7.4', '8.2.29', false],
    ['^8', '8.4.1', true],
    ['^8.2.30', '8.2.29', false],
    ['^0.3', '0.4.0', false],
    ['^0.0.3', '0.0.3', true],
    ['^0.0.3', '0.0.4', false],
    ['~8.2', '8.4.11', true],
    ['~8.2', '9.0.0', false],
    ['~8.2.0', '8.2.29', true],
    ['~8.2.0', '8.3.0', false],
    ['~8.4.0 || ~8.2.0', '8.2.29', true],
    ['>=8.1', '8.2.29', true],
    ['>=8.1 <8.4', '8.4.11', false],
    ['>=8.1,<8.4', '8.2.29', true],
    ['>= 8.1, < 8.4', '8.2.29', true],
    ['>8.2', '8.2.0', false],
    ['>8.2', '8.2.1', true],
    ['<=8.2.29', '8.2.29', true],
    ['<8.2.29', '8.2.29', false],
    ['!=8.2.29', '8.2.29', false],
    ['<>8.2.28', '8.2.29', true],
    ['8.2.*', '8.2.29', true],
    ['8.2.*', '8.4.11', false],
    ['8.*', '8.4.11', true],
    ['8.x', '8.4.11', true],
    ['*', '8.4.11', true],
    ['8.1 - 8.3', '8.2.29', true],
    ['8.1 - 8.2', '8.2.29', true],
    ['8.1 - 8.2.10', '8.2.29', false],
    ['8.1.0 - 8.3.0', '8.4.11', false],
    ['8.2', '8.2.29', false],
    ['=8.2.29', '8.2.29', true],
    ['v8.2.29', '8.2.29', true],
    ['^8.1 <8.3 || ^8.4', '8.4.11', true],
    ['^8.1 <8.3 || ^8.4', '8.3.5', false],
    ['^8.1@stable', '8.2.29', true],
    ['8.4', '8.2.29', false],
    ['', '8.2.29', null],
    ['nonsense', '8.2.29', null],
    ['^8.2 || dev-main', '8.2.29', null],
    ['^8.2; rm -rf', '8.2.29', null],
  ] as const)('%s on %s: %s', (constraint, version, expected) => {
    expect(satisfies(version, constraint)).toBe(expected);
  });

  it('keeps the preferred order of the lines', () => {
    expect(linesFor('^7.4 || ^8.0', ['8.2', '8.4'])).toEqual(['8.2', '8.4']);
    expect(linesFor('^8.4', ['8.2', '8.4'])).toEqual(['8.4']);
    expect(linesFor('~8.2.0', ['8.4', '8.2'])).toEqual(['8.2']);
    expect(linesFor('^9.0', ['8.2', '8.4'])).toEqual([]);
    expect(linesFor('nonsense', ['8.2'])).toEqual([]);
    expect(linesFor(null, ['8.4', '8.2'])).toEqual(['8.4', '8.2']);
  });
});
