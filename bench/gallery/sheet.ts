import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Picture } from './camera';

export interface Skipped {
  readonly state: string;
  readonly name: string;
  readonly why: string;
}
export interface Set {
  readonly pictures: readonly Picture[];
  readonly skipped: readonly Skipped[];
  readonly film: string | null;
}
const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const STYLE =
  'body{font:14px system-ui;margin:16px;background:#eceef2;color:#111}section{margin:0 0 24px}h3{margin:12px 0 4px}.row{display:flex;gap:8px;align-items:flex-start;flex-wrap:wrap}a{display:block}img{display:block;height:420px;width:auto;max-width:640px;object-fit:cover;object-position:top left;border:1px solid #99a}small{color:#444}.wrong{color:#b00}';

const cell = (one: Picture): string =>
  `<a href="${escape(one.file)}"><img loading="lazy" src="${escape(one.file)}" alt=""><small>${one.width} ${one.theme}${one.locale === 'en' ? ' en' : ''}${one.cut ? ', cut' : ''}</small>${one.wrong.map((wrong) => `<small class="wrong"> ${escape(wrong)}</small>`).join('')}</a>`;

/** `index.html`: a row per screen and state. */
export const writeSheet = (out: string, { pictures, skipped, film }: Set): void => {
  const states = [...new Set(pictures.map((one) => one.state))];
  const parts = states.map((state) => {
    const own = pictures.filter((one) => one.state === state);
    const names = [...new Set(own.map((one) => one.name))];
    const rows = names.map(
      (name) =>
        `<h3>${escape(name)}</h3><div class="row">${own
          .filter((one) => one.name === name)
          .map(cell)
          .join('')}</div>`,
    );
    return `<section id="${escape(state)}"><h2>${escape(state)} (${own.length})</h2>${rows.join('')}</section>`;
  });
  const left = skipped.map((one) => `<li>${escape(`${one.state}/${one.name}: ${one.why}`)}</li>`);
  const strip = film === null ? '' : `<section><h2>film</h2><a href="${film}"><img src="${film}" alt=""></a></section>`;
  const nav = states.map((state) => `<a href="#${escape(state)}">${escape(state)}</a>`);
  writeFileSync(
    path.join(out, 'index.html'),
    `<!doctype html><meta charset="utf-8"><title>SiapPakai, ${pictures.length}</title><style>${STYLE}</style><nav>${nav.join('')}</nav>${strip}${parts.join('')}<h2>skipped</h2><ul>${left.join('')}</ul>`,
  );
};
