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
type Locals = object & { include?: Include };
type Include = (view: string, own?: object) => string;
/**
 * EJS's own include copies every value of the page and looks for the file again at each call, and a list calls it a thousand times: a
 * partial gets its few own values above those of its caller instead.
 */
const withInclude = (locals: Locals, templateOf: (view: string) => TemplateFunction): Locals => {
  locals.include = (view, own) =>
    templateOf(view.slice(1))(withInclude(Object.assign(Object.create(locals) as Locals, own), templateOf));
  return locals;
};

/** Pages out of EJS files; every value is escaped, only includes are not. */
export const createRenderer = (options: RendererOptions): Renderer => {
  const kept = new Map<string, TemplateFunction>();
  const ejsOptions: Omit<Options, 'async' | 'client'> & { readonly unsafePrototypeLocals: true } = {
    root: options.viewsDir,
    rmWhitespace: true,
    // What reaches a template is made here; nothing of a request is ever its prototype.
    unsafePrototypeLocals: true,
  };
  const templateOf = (view: string): TemplateFunction => {
    const found = options.templates === 'kept' ? kept.get(view) : undefined;
    if (found) return found;
    const filename = path.join(options.viewsDir, `${view}.ejs`);
    const template = compile(readFileSync(filename, 'utf8'), { ...ejsOptions, filename, async: false });
    kept.set(view, template);
    return template;
  };
  return {
    render: (view, model, page) =>
      isolateNames(templateOf(view)(withInclude(localsOf(model, page, options.assets), templateOf))),
  };
};
