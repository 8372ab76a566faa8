/* Things of one page that work without a server: theme, dialogs, selection, filters of what is drawn. */
/* global document, window, location, localStorage, matchMedia, navigator, setTimeout */
import { $, $$ } from './00-dom.js';
const on = (type, selector, act) =>
  document.addEventListener(type, (event) => {
    const hit = event.target.closest?.(selector);
    if (hit) act(hit, event);
  });
const show = (selector) => $$(selector).forEach((node) => (node.hidden = false));
const root = document.documentElement;
root.classList.add('sp-js');

/* The form still posts, so that the choice is kept on the server; only the colour does not wait for it. */
on('click', '[data-theme-toggle]', (button) => {
  root.dataset.bsTheme = button.value;
});
const deviceDark = matchMedia('(prefers-color-scheme:dark)').matches;
if (!root.dataset.bsTheme && deviceDark) {
  $$('[data-theme-toggle]').forEach((button) => {
    button.value = 'light';
    button.title = button.dataset.light;
    button.setAttribute('aria-label', button.dataset.light);
    const use = $('use', button);
    use.setAttribute('href', use.getAttribute('href').replace('#moon', '#sun'));
  });
}

on('click', '[data-dialog]', (link, event) => {
  const dialog = document.getElementById(`d-${link.dataset.dialog}`);
  if (!dialog) return;
  event.preventDefault();
  $$('[data-confirm]', dialog).forEach(weigh);
  dialog.showModal();
  ($('[data-first]', dialog) || $('input[name=confirm]', dialog) || $('[data-go]', dialog)).focus();
});
on('click', 'dialog [data-close]', (node, event) => {
  event.preventDefault();
  node.closest('dialog').close();
});
const matches = (form) => !form.dataset.word || $('[name=confirm]', form).value.trim() === form.dataset.word;
const weigh = (form) => ($('[data-go]', form).disabled = !matches(form));
$$('[data-confirm]').forEach(weigh);
on('input', '[data-confirm] [name=confirm]', (input) => weigh(input.form));
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.matches('[data-confirm]') && !matches(form)) return event.preventDefault();
  if (form.method !== 'post') return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = '1';
  setTimeout(() => delete form.dataset.sent, 4000);
});
document.addEventListener('click', (event) => {
  $$('details.sp-drop[open]').forEach((open) => {
    if (!open.contains(event.target)) open.open = false;
  });
});

const bulk = $('[data-bulk]');
const boxes = () => $$('input[name=kode][type=checkbox]', bulk);
const countPicked = () => {
  const bar = $('.sp-bulk', bulk);
  if (!bar) return;
  const all = $('[name=semua]', bar);
  const picked = boxes().filter((box) => box.checked).length;
  const head = $('[data-all]', bulk);
  head.checked = picked > 0 && picked === boxes().length;
  head.indeterminate = picked > 0 && !head.checked;
  bar.toggleAttribute('data-n', picked > 0 || Boolean(all?.checked));
  const text = $('[data-picked]', bar);
  text.hidden = false;
  text.textContent = text.dataset.picked.replace('#', picked);
};
if (bulk) {
  bulk.addEventListener('change', (event) => {
    if (event.target.matches('[data-all]')) boxes().forEach((box) => (box.checked = event.target.checked));
    countPicked();
  });
  countPicked();
}
on('change', '[data-filter-form] input[type=checkbox]', (box) => box.form.requestSubmit());

const choose = (name, attribute) => {
  const form = $(`input[type=radio][name=${name}]`)?.form;
  if (!form) return;
  const paint = () => {
    const value = $(`[name=${name}]:checked`, form)?.value;
    $$(`[${attribute}]`, form).forEach((part) => (part.hidden = !part.getAttribute(attribute).split(' ').includes(value)));
  };
  form.addEventListener('change', paint);
  paint();
};
choose('sumber', 'data-for');
choose('cakupan', 'data-for-scope');
choose('masuk', 'data-for-login');
on('input', '[data-pick-find]', (input) => {
  const word = input.value.trim().toLowerCase();
  $$('.sp-list-pick label').forEach((label) => (label.hidden = !label.dataset.name.includes(word)));
});

/* What stands beside the button, else the log under its head. Without the clipboard (plain http) the text is selected to be copied by hand. */
on('click', '[data-copy]', (button) => {
  const head = button.closest('.sp-log-head');
  const source = head ? head.nextElementSibling : $('code', button.parentElement);
  const said = () => ($('span', button).textContent = button.dataset.copy);
  const choose = () => window.getSelection().selectAllChildren(source);
  if (navigator.clipboard) void navigator.clipboard.writeText(source.innerText).then(said, choose);
  else {
    choose();
    if (document.execCommand('copy')) said();
  }
});
on('click', '[data-print]', () => window.print());
$('.sp-tabs [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
show('[data-copy],[data-print],[data-log-pause],[data-all],[data-needs-script]');
$('[data-focus]')?.focus();
const again = $('[data-reload]');
if (again) setTimeout(() => location.reload(), again.dataset.reload * 1000);

/* In CSS columns one changed tile lays all of them out anew: what stands in a column is put into a box of its own. */
const board = $('.sp-groups');
const layColumns = () => {
  const groups = $$('.sp-group', board);
  board.classList.remove('sp-cols');
  board.replaceChildren(...groups);
  const columns = new Map(groups.map((group) => [group.offsetLeft, document.createElement('div')]));
  const places = groups.map((group) => columns.get(group.offsetLeft));
  board.classList.add('sp-cols');
  board.replaceChildren(...columns.values());
  groups.forEach((group, index) => places[index].append(group));
};
if (board) {
  let wide = window.innerWidth;
  layColumns();
  window.addEventListener('resize', () => {
    if (wide !== window.innerWidth) layColumns();
    wide = window.innerWidth;
  });
}

/* Letters: / search, g then r d i p = menu, n N next that needs a person. Switched off by localStorage 'sp-keys' = 'off'. */
let chord = '';
const GO = { r: '/', d: '/desa', i: '/rilis', p: '/pembaruan' };
const goToTrouble = (step) => {
  const loud = $$('.sp-t').filter((tile) => /quarantined|failed|down|unmeasured/.test(tile.dataset.s));
  const at = loud.indexOf(document.activeElement);
  loud.at((at + step + loud.length) % loud.length)?.focus();
};
const moveInGrid = (event) => {
  const tiles = $$('.sp-t');
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 2, ArrowUp: -2 }[event.key];
  if (!step || !event.target.matches?.('.sp-t')) return false;
  tiles[tiles.indexOf(event.target) + step]?.focus();
  event.preventDefault();
  return true;
};
/* The drawer lies above the page: Tab goes round in it. */
const goRound = (event) => {
  const drawer = $('[data-drawer]');
  if (event.key !== 'Tab' || !drawer) return;
  const stops = $$('a,button,[tabindex]', drawer).filter((node) => node.checkVisibility());
  const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
  if (document.activeElement !== from && drawer.contains(document.activeElement)) return;
  event.preventDefault();
  to.focus();
};
document.addEventListener('keydown', (event) => {
  goRound(event);
  if (event.ctrlKey || event.metaKey || event.altKey || moveInGrid(event)) return;
  if (event.key === 'Escape') $('[data-drawer-close]')?.click();
  if (event.target.matches?.('input,textarea,select') || localStorage.getItem('sp-keys') === 'off') return;
  if (event.key === '/') {
    event.preventDefault();
    $('[data-key="/"]')?.focus();
  }
  if (event.key === 'n' || event.key === 'N') goToTrouble(event.key === 'n' ? 1 : -1);
  if (event.key === 'j') $('[data-dialog=pause]')?.click();
  if (chord === 'g' && GO[event.key]) location.assign(GO[event.key]);
  chord = event.key;
});
