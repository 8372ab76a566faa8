import { isolateNames } from '../../../server/http/bidi';

const NAME = 'قرية الحكمة';

test.each([
  ['a name alone', `<b>${NAME}</b>`, `<b><bdi>${NAME}</bdi></b>`],
  ['a name with its number', `<td> ${NAME} 12 </td>`, `<td> <bdi>${NAME} 12</bdi> </td>`],
  ['a name with its code', `<td>${NAME} 33.05.05.2011</td>`, `<td><bdi>${NAME}</bdi> 33.05.05.2011</td>`],
  ['a name in a sentence', `<p>Desa ${NAME} 8/8 selesai</p>`, `<p>Desa <bdi>${NAME}</bdi> 8/8 selesai</p>`],
  [
    'names of a list',
    `<p>${NAME} (Puring), שלום, Klirong</p>`,
    `<p><bdi>${NAME}</bdi> (Puring), <bdi>שלום</bdi>, Klirong</p>`,
  ],
  ['what follows an element', `<p><b>x</b> ${NAME} 1</p>`, `<p><b>x</b> <bdi>${NAME} 1</bdi></p>`],
])('%s stands apart', (_what, from, to) => {
  expect(isolateNames(from)).toBe(to);
});

test.each([
  ['an attribute', `<input value="${NAME}" aria-label="Pilih ${NAME}">`],
  ['the title of the window', `<title>${NAME} · SiapPakai</title>`],
  ['a text field', `<textarea>${NAME}</textarea>`],
  ['what has its own direction', `<a class="sp-t" dir="auto">${NAME}</a>`],
  ['what stands apart already', `<bdi>${NAME}</bdi>`],
  ['a page without such names', "<p>Ma'rang &lt;b&gt;x O’o (I/II)</p>"],
])('%s is left alone', (_what, html) => {
  expect(isolateNames(html)).toBe(html);
});
