import { encodingOf } from '../../../provisioners/releases/encoded-php';

/** Looks like base64 and means nothing. */
const blob = (length: number): string => 'QWxsIHdvcmRzIGFyZSBvdXIgb3du'.repeat(Math.ceil(length / 28)).slice(0, length);
const code = (lines: number): string =>
  Array.from({ length: lines }, (_, at) => `    public function f${at}(): int { return $this->value + ${at}; }\n`).join(
    '',
  );
const php = (text: string): Buffer => Buffer.from(`<?php\n${text}`);

describe('encoded PHP', () => {
  it.each([
    [
      'an ionCube file',
      `<?php //0046b\nif(!extension_loaded('ionCube Loader')){die('no loader');}\n?>\n${blob(3000)}`,
      'ioncube',
    ],
    ['an ionCube call', `<?php\necho _il_exec();\n?>${blob(900)}`, 'ioncube'],
    [
      'a SourceGuardian file',
      `<?php if(!function_exists('sg_load')){exit;} return sg_load('${blob(600)}');`,
      'sourceguardian',
    ],
    ['a Zend Guard file', `<?php @Zend;\n4123;\n/* ${blob(200)} */`, 'zend_guard'],
    ['a blob behind the end of the code', `<?php $a = 1; __halt_compiler();${blob(900)}`, 'halt_compiler_blob'],
    ['an eval of an inflated blob', `<?php eval(gzinflate(base64_decode('${blob(900)}')));`, 'eval_blob'],
    ['an eval with quiet operators', `<?php @eval("?>".@base64_decode("${blob(900)}"));`, 'eval_blob'],
    [
      'a stub that hides behind white space and names of underscores',
      `<?php\n$_='${blob(6000)}';${' '.repeat(4000)}function __x($a,$c){return eval("return function($a){{$c}};");}${'\n'.repeat(500)}$__='base64_decode';`,
      'eval_blob',
    ],
    [
      'a stub whose eval is a blob too',
      `<?php $a='base64_decode';$b=$a('${blob(900)}');$c=$a('ZXZhbA==');$c($b);`,
      'eval_blob',
    ],
  ])('%s', (_name, text, encoding) => expect(encodingOf(Buffer.from(text))).toBe(encoding));

  it.each([
    ['plain code', php(`class A {\n${code(40)}}`)],
    ['code that decodes base64', php(`$x = base64_decode($row['photo']);\n${code(20)}`)],
    ['code with an embedded picture', php(`$logo = 'data:image/png;base64,${blob(4000)}';\n${code(20)}`)],
    ['a table of hex', php(`return '${'\\x4f\\x1a'.repeat(900)}';`)],
    ['a font table', php(`$font = ['${blob(40_000)}'];\n${code(4)}`)],
    ['an eval of a formula', php(`$sum = eval("return {$onlyNumbers};");\n${code(20)}`)],
    ['eval of a key-value store', php(`$this->redis->eval(LuaScripts::release(), 1);\n${code(5)}`)],
    [
      'words about eval and ionCube',
      php(`// eval(base64_decode( is forbidden here, ionCube Loader is not needed\n${code(5)}`),
    ],
    ['a check for a loader in a system page', php(`$ok = extension_loaded('ionCube Loader');\n${code(30)}`)],
    ['halt_compiler with a template', php(`${code(3)}__halt_compiler();\nHello {{ name }}, welcome.\n`)],
    ['halt_compiler in a string', php(`$stub = "<?php __HALT_COMPILER(); ?>";\n${code(30)}`)],
    ['nothing', Buffer.alloc(0)],
  ])('%s is readable', (_name, content) => expect(encodingOf(content)).toBeNull());

  it('does not take long on a huge line', () => {
    const started = performance.now();
    encodingOf(php(`$a = '${'\\1'.repeat(1_000_000)}'; eval('${'ab-'.repeat(500_000)}`));
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
