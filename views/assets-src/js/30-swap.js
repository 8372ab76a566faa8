/* Parts that change seldom are drawn by the server alone: fetch this page again and put its [data-swap] parts in place. */
/* global AbortSignal, document, fetch, history, addEventListener, DOMParser, setTimeout */
import { $, $$ } from './00-dom.js';
const busy = (part) => part.contains(document.activeElement) || $('input:checked', part);

const replace = (old, next) => {
  const { tone } = next.dataset;
  if (tone) old.dataset.tone = tone;
  else delete old.dataset.tone;
  old.hidden = next.hidden;
  if (next.innerHTML !== old.innerHTML) old.innerHTML = next.innerHTML;
};
/* `only` names one part that is replaced whatever has the focus. What numbers keep fresh, the tiles, is not sent again. */
const draw = async (only) => {
  try {
    const answer = await fetch('', { headers: { 'x-sp-parts': '1' }, signal: AbortSignal.timeout(1e4) });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    $$(only ? `[data-swap=${only}]` : '[data-swap]').forEach((old) => {
      const next = $(`[data-swap="${old.dataset.swap}"]`, fresh);
      if (next && (only || !busy(old))) replace(old, next);
    });
    if (!$('.sp-slots', fresh)) $('.sp-slots')?.parentNode.remove();
    $$('.sp-t[title]', fresh).forEach((tile) => {
      const own = $(`.sp-t[href="${tile.getAttribute('href')}"]`);
      if (own) own.title = tile.title;
    });
  } catch {
    /* the live mark says that the connection is gone */
  }
};
/* Everybody who watches hears of a change at once: their questions come one after the other. */
let swapping;
let swapAgain;
export const swap = async () => {
  swapAgain = swapping;
  if (swapping) return;
  swapping = true;
  await new Promise((go) => setTimeout(go, Math.random() * 2000));
  await draw();
  setTimeout(() => {
    swapping = false;
    if (swapAgain) swap();
  }, 4000);
};

/* The drawer opens in place; without this the link loads the page with the drawer open. */
let opener;
const drawer = $('[data-swap=drawer]');
const openDrawer = async (href) => {
  history.pushState(null, '', href);
  await draw('drawer');
  ($('[data-drawer-close]') || opener)?.focus();
};
if (drawer) {
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="?desa="],[data-drawer-close],.sp-drawer-veil');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!drawer.contains(link)) opener = link;
    openDrawer(link.getAttribute('href'));
  });
  addEventListener('popstate', () => draw('drawer'));
  $('[data-drawer-close]')?.focus();
}
