import type { Page } from 'playwright-core';

/** Where the focus is: null = on nothing of the page. */
interface Stop {
  readonly name: string;
  /** Drawn around it, and on the screen. */
  readonly seen: boolean;
  readonly inside: boolean;
}
const look = (cage: string): string => `(() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at);
  const ring = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
  const { top, bottom, left, right, width } = at.getBoundingClientRect();
  const shown = width > 0 && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
  const name = at.tagName + ' ' + (at.getAttribute('href') || at.name || at.innerText || at.className);
  return { name, seen: ring && shown, inside: at.closest(${JSON.stringify(cage)}) !== null };
})()`;
const MOST_STOPS = 500;
/** Notes every press of a mouse or finger, from the first moment of each page. */
const WITNESS = `addEventListener('pointerdown', (event) => { sessionStorage.setItem('pressed', String(event.target)); }, true);`;

/** A person at a page without a mouse. Every stop on the way must be seen. */
export interface Keyboard {
  /** Tab until it has the focus. */
  to(selector: string): Promise<void>;
  press(selector: string, key?: 'Enter' | 'Space'): Promise<void>;
  type(selector: string, text: string): Promise<void>;
  /** The option of a list for which `wanted` holds, by its value and text. */
  choose(selector: string, wanted: (value: string, text: string) => boolean): Promise<void>;
  /** Goes round with Tab, then with Shift+Tab; the focus never leaves `cage`. Returns the stops of one round. */
  roundIn(cage: string): Promise<number>;
  /** What was pressed with something else than keys; null = nothing. */
  pointed(): Promise<string | null>;
}
export const keyboardOf = async (page: Page): Promise<Keyboard> => {
  await page.addInitScript({ content: WITNESS });
  const step = async (key: 'Tab' | 'Shift+Tab', cage = 'body'): Promise<Stop | null> => {
    await page.keyboard.press(key);
    const stop = await page.evaluate<Stop | null>(look(cage));
    if (stop?.seen === false) throw new Error(`nothing shows the focus on ${stop.name} of ${page.url()}`);
    return stop;
  };
  const isAt = (selector: string): Promise<boolean> =>
    page.evaluate<boolean>(`document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`);
  const to = async (selector: string): Promise<void> => {
    await page.waitForSelector(selector, { state: 'attached' });
    for (let stops = 0; !(await isAt(selector)); stops += 1) {
      if (stops > MOST_STOPS) throw new Error(`no key leads to ${selector} on ${page.url()}`);
      await step('Tab');
    }
  };
  const chosen = (selector: string): Promise<{ readonly value: string; readonly text: string; readonly at: number }> =>
    page.evaluate(
      `(() => { const list = document.querySelector(${JSON.stringify(selector)}); const one = list.selectedOptions[0]; return { value: one.value, text: one.text, at: list.selectedIndex }; })()`,
    );
  return {
    to,
    async press(selector, key = 'Enter') {
      await to(selector);
      await page.keyboard.press(key);
    },
    async type(selector, text) {
      await to(selector);
      await page.keyboard.type(text);
    },
    async choose(selector, wanted) {
      await to(selector);
      while ((await chosen(selector)).at > 0) await page.keyboard.press('ArrowUp');
      for (let last = -1; ;) {
        const { value, text, at } = await chosen(selector);
        if (wanted(value, text)) return;
        if (at === last) throw new Error(`${selector} offers no such choice`);
        last = at;
        await page.keyboard.press('ArrowDown');
      }
    },
    async roundIn(cage) {
      const names: string[] = [];
      for (const key of ['Tab', 'Shift+Tab'] as const)
        for (let stops = 0; stops < 60; stops += 1) {
          const stop = await step(key, cage);
          if (stop?.inside === false) throw new Error(`${key} leads out of ${cage} to ${stop.name}`);
          if (stop !== null) names.push(stop.name);
        }
      return new Set(names).size;
    },
    pointed: () => page.evaluate<string | null>(`sessionStorage.getItem('pressed')`),
  };
};
