import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { compile, type Options, type TemplateFunction } from 'ejs';
import { TILE_ORDER } from '../domain/tile-state';
import { MESSAGES, reasonSentence } from '../texts';
import type { Reason } from '../domain/deployment';
import { isolateNames, isRightToLeft } from './bidi';
import { beatPaths, eighths, initialsOf, probeTicks, segmentsOf } from './drawing';
import { createFormat } from './format';
import { ICONS, type IconName } from './icons';
import * as looks from './state-looks';
import type { FormState, PageContext } from './view-models/common';
import type { ViewName, Views } from './view-models';

/** Source name → public URL, e.g. `app.css` → `/assets/app.3f9c1a2b.css`. */
export type AssetMap = Readonly<Record<string, string>>;
export interface RendererOptions {
  readonly viewsDir: string;
  readonly assets: AssetMap;
  /** fresh = read the templates at every call (development). */
  readonly templates: 'kept' | 'fresh';
}
export interface Renderer {
  /** The whole HTML document of a page. Throws when the model does not fit the template. */
  render<K extends ViewName>(view: K, model: Views[K], page: PageContext): string;
}

/** Reads `dist/assets/manifest.json`. */
export const readAssetMap = (assetsDir: string): AssetMap =>
  JSON.parse(readFileSync(path.join(assetsDir, 'manifest.json'), 'utf8')) as AssetMap;

/** The nearest `views` folder above `from`: the same for the sources and for dist. */
export const findViewsDir = (from: string): string => {
  const candidate = path.join(from, 'views');
  if (existsSync(path.join(candidate, 'layout', 'top.ejs'))) return candidate;
  const parent = path.dirname(from);
  if (parent === from) throw new Error('views folder not found');
  return findViewsDir(parent);
};

const KNOWN_ICONS: ReadonlySet<string> = new Set(ICONS);

const iconUrl =
  (sprite: string) =>
  (name: IconName | 'logo'): string => {
    if (name !== 'logo' && !KNOWN_ICONS.has(name)) throw new Error(`icon not in the sprite: ${name}`);
    return `${sprite}#${name}`;
  };

const fieldHelp = (form: FormState) => ({
  value: (name: string, otherwise = ''): string => {
    const value = form.values[name] ?? otherwise;
    return typeof value === 'string' ? value : (value[0] ?? '');
  },
  has: (name: string, value: string): boolean => {
    const kept = form.values[name];
    return kept !== undefined && (typeof kept === 'string' ? kept === value : kept.includes(value));
  },
  error: (name: string): string | null => form.errors.find((one) => one.field === name)?.message ?? null,
});

const localsOf = (model: unknown, page: PageContext, assets: AssetMap) => {
  const t = MESSAGES[page.locale];
  const asset = (name: string): string => {
    const url = assets[name];
    if (url === undefined) throw new Error(`asset not built: ${name}`);
    return url;
  };
  return {
    m: model,
    page,
    t,
    f: createFormat(page.locale, page.zone, page.now),
    icon: iconUrl(asset('icons.svg')),
    asset,
    looks,
    reason: (reason: Reason) => reasonSentence(t, reason),
    segments: segmentsOf,
    beatPaths,
    probeTicks,
    eighths,
    initials: initialsOf,
    rightToLeft: isRightToLeft,
    field: fieldHelp,
    tileOrder: TILE_ORDER,
  };
};

/** Looks names up in the values of the whole page below its own. */
type Locals = object & { include?: Include; kept?: Kept };
type Include = (view: string, own?: object) => string;
/** As include, for a row that many visitors see: drawn once a second as long as it is the same object and `variant` the same text. */
type Kept = (view: string, row: object, variant: string, own: object) => string;
const drawnRows = new WeakMap<object, { readonly key: string; readonly html: string }>();
const keptFor = (page: PageContext, include: Include): Kept => {
  // To the second: a row says how many seconds ago it was seen.
  const worn = [page.locale, page.zone, page.now.slice(0, 19)].join(' ');
  return (view, row, variant, own) => {
    const key = `${worn} ${view} ${variant}`;
    const known = drawnRows.get(row);
    if (known?.key === key) return known.html;
    const html = include(view, own);
    drawnRows.set(row, { key, html });
    return html;
  };
};
/**
 * EJS's own include copies every value of the page and looks for the file again at each call, and a list calls it a thousand times: a
 * partial gets its few own values above those of its caller instead.
 */
const withInclude = (locals: Locals, templateOf: (view: string, own: object) => TemplateFunction): Locals => {
  locals.include = (view, own = {}) => {
    const inner = Object.assign(Object.create(locals) as Locals, own);
    return templateOf(view.slice(1), own)(withInclude(inner, templateOf));
  };
  return locals;
};

const SCRIPTLET = /<%[\s\S]*?%>/g;
const WORD = /[A-Za-z_$][\w$]*/g;
/** Every word of the code of a template. */
const wordsOf = (text: string): ReadonlySet<string> =>
  new Set((text.match(SCRIPTLET) ?? []).flatMap((code) => code.match(WORD) ?? []));

/**
 * A template as a function in which the values it speaks of are variables: EJS's own `with` is never optimised, and a board calls its
 * partials a thousand times. `known` = every name a value ever had.
 */
const compileView = (viewsDir: string, view: string, known: ReadonlySet<string>): TemplateFunction => {
  const filename = path.join(viewsDir, `${view}.ejs`);
  const text = readFileSync(filename, 'utf8');
  const words = wordsOf(text);
  const options: Omit<Options, 'async' | 'client'> & { readonly unsafePrototypeLocals: true } = {
    root: viewsDir,
    filename,
    rmWhitespace: true,
    _with: false,
    destructuredLocals: [...known].filter((name) => words.has(name)),
    // What reaches a template is made here; nothing of a request is ever its prototype.
    unsafePrototypeLocals: true,
  };
  // The block: what a template declares itself may have the name of a value.
  return compile(`<% { %>${text.trim()}<% } %>`, { ...options, async: false });
};

/** Pages out of EJS files; every value is escaped, only includes are not. */
export const createRenderer = (options: RendererOptions): Renderer => {
  const kept = new Map<string, TemplateFunction>();
  const known = new Set<string>(['include']);
  const learn = (values: object): void => {
    for (const name of Object.keys(values)) {
      if (known.has(name)) continue;
      known.add(name);
      kept.clear();
    }
  };
  const templateOf = (view: string, values: object): TemplateFunction => {
    learn(values);
    const found = options.templates === 'kept' ? kept.get(view) : undefined;
    const template = found ?? compileView(options.viewsDir, view, known);
    kept.set(view, template);
    return template;
  };
  return {
    render(view, model, page) {
      const locals: Locals = localsOf(model, page, options.assets);
      withInclude(locals, templateOf);
      if (locals.include !== undefined) locals.kept = keptFor(page, locals.include);
      return isolateNames(templateOf(view, locals)(locals));
    },
  };
};
