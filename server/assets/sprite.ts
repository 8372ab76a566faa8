import { ICONS } from '../http/icons';
import { iconStrokes } from './css';

const LOGO =
  '<symbol id="logo" viewBox="0 0 26 26"><rect width="26" height="26" rx="7" fill="var(--sp-accent)"/><path d="M4 14h4.4l2.4-4.2 3.8 7.4 2.3-3.2H22" fill="none" stroke="var(--sp-on-accent)" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></symbol>';

/** The SVG sprite of exactly the icons that pages use; strokes take their colour and width from the page. */
export const buildSprite = (iconsDir: string): string => {
  const symbols = ICONS.map(
    (name) => `<symbol id="${name}" viewBox="0 0 24 24">${iconStrokes(iconsDir, name)}</symbol>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg">${LOGO}${symbols.join('')}</svg>`;
};
