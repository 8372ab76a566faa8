/* Parts that change seldom are drawn by the server alone: fetch this page again and put its [data-swap] parts in place. */
/* global document, fetch, location, DOMParser, setTimeout */
import { $, $$ } from './00-dom.js';
let swapping = false;
let swapAgain = false;
export const swap = async () => {
  if (swapping) {
    swapAgain = true;
    return;
  }
  swapping = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (answer.ok && !answer.redirected) {
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      $$('[data-swap]').forEach((old) => {
        const next = $(`[data-swap="${old.dataset.swap}"]`, fresh);
        if (!next || next.innerHTML === old.innerHTML || old.contains(document.activeElement)) return;
        if ($('input:checked', old)) return;
        old.innerHTML = next.innerHTML;
      });
    }
  } catch {
    /* the live mark says that the connection is gone */
  }
  setTimeout(() => {
    swapping = false;
    if (swapAgain) {
      swapAgain = false;
      void swap();
    }
  }, 4000);
};
