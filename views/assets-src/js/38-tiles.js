/* Tiles of the board: the newest state of every app, and the numbers counted from them as they change. */
/* global document */
import { $, $$, write } from './00-dom.js';
const LOUD = ['down', 'unmeasured', 'quarantined', 'failed', 'rolling_back', 'running', 'soaking'];
/* The first four need a person. */
const isBad = (state) => LOUD.slice(0, 4).includes(state);
const together = (states) => {
  const loud = LOUD.find((state) => states.includes(state));
  if (loud) return loud;
  if (states.includes('pending')) return states.includes('done') ? 'running' : 'pending';
  return states.find((state) => state !== 'done') || 'done';
};
const board = $('.sp-groups');
const tiles = new Map();
const eighth = new WeakMap();
$$('.sp-t').forEach((tile) => tiles.set(tile.search.slice(6), tile));
const wordOf = (state) => $(`[data-f="${state}"] span`)?.textContent || state;
export const number = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, document.body.dataset.sep === '.' ? '.' : ',');
export const put = (name, text) => write($(`[data-n=${name}]`), text);

/* As the server writes it; the reason of a trouble comes with the next drawing. */
const setTitle = (tile, word) => {
  const name = tile.firstChild.data;
  if (board.dataset.density === 'rapat') tile.title = [...tile.title.split(' · ').slice(0, 2), word].join(' · ');
  else if (name.length > 12) tile.title = name;
  else tile.removeAttribute('title');
};
const changed = new Set();
const setTile = (tile, state) => {
  if (tile.dataset.s === state) return;
  changed.add(tile.closest('.sp-group'));
  tile.dataset.s = state;
  const word = wordOf(state);
  $('.visually-hidden', tile).textContent = `, ${word}`;
  setTitle(tile, word);
  tile.toggleAttribute('data-on', board.dataset.filter === state);
};
const setStep = (tile, marks) => {
  if (tile.dataset.s !== 'running') return delete tile.dataset.p;
  const loud = marks.find((mark) => mark.dataset.s === 'running') || marks[0] || tile;
  if (eighth.has(loud)) tile.dataset.p = eighth.get(loud);
};
/* True when it needs a person now, or did until now. */
export const applyMember = ([kode, app, state, step, steps]) => {
  const tile = tiles.get(kode);
  if (!tile) return isBad(state) || state === 'pending';
  const marks = $$('[data-a]', tile);
  const mark = marks.find((one) => one.dataset.a === app);
  eighth.set(mark || tile, steps ? Math.min(8, Math.round((step / steps) * 8)) : 0);
  const needed = state && isBad((mark || tile).dataset.s);
  if (state && mark) mark.dataset.s = state;
  if (state) setTile(tile, mark ? together(marks.map((one) => one.dataset.s)) : state);
  setStep(tile, marks);
  return needed || isBad(state);
};

const statesOf = (some) => [...some].map((tile) => tile.dataset.s);
export const recount = () => {
  if (!changed.size) return;
  const states = statesOf(tiles.values());
  const count = (state) => states.filter((one) => one === state).length;
  $$('[data-f]:not([data-f=""])').forEach((chip) => {
    const n = count(chip.dataset.f);
    write($('b', chip), number(n));
    chip.toggleAttribute('data-zero', !n);
  });
  put('done', number(count('done')));
  put('share', String(Math.floor((count('done') / tiles.size) * 100)));
  put('people', number(states.filter(isBad).length));
  changed.forEach((group) => {
    const own = statesOf($$('.sp-t', group));
    $('[data-tally]', group).textContent = `${own.filter((one) => one === 'done').length}/${own.length}`;
  });
  changed.clear();
};
