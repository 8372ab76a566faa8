/* The board: what frames bring is painted at the next picture of the screen; parts only the server draws follow seldom. */
/* global document, history, requestAnimationFrame, setTimeout */
import { $, $$, write } from './00-dom.js';
import { swap } from './30-swap.js';
import { tiny } from './35-clock.js';
import { applyMember, number, put, recount } from './38-tiles.js';

const clone = (icon) => {
  const svg = $('.sp-i').cloneNode(true);
  const use = $('use', svg);
  use.setAttribute('href', use.getAttribute('href').replace(/#.*/, `#${icon}`));
  svg.setAttribute('class', 'sp-i');
  return svg;
};
const feed = $('[data-feed]');
const FEED_LINES = 16;
const addLine = ([, ms, icon, tone, who, said]) => {
  if (!feed) return;
  $('[data-feed-empty]', feed)?.remove();
  const at = new Date(ms).toISOString();
  const row = document.createElement('li');
  row.dataset.tone = tone;
  const time = document.createElement('time');
  time.textContent = tiny(at);
  time.dateTime = at;
  const text = document.createElement('span');
  const name = document.createElement('b');
  name.textContent = who;
  text.append(name, ` ${said}`);
  row.append(time, clone(icon), text);
  feed.prepend(row);
  while (feed.children.length > FEED_LINES) feed.lastChild.remove();
};

const slotRow = (row, slot) => {
  write($('b', row), slot ? slot.nama : '');
  write($('.sp-slot-top span', row), slot ? slot.kecamatan : row.parentNode.dataset.free);
  $('.sp-dots', row).dataset.p = slot ? Math.min(8, Math.round((slot.step / slot.steps) * 8)) : 0;
  write($('.sp-slot-now span', row), slot ? slot.label : '');
  row.toggleAttribute('data-empty', !slot);
  if (slot) row.dataset.since = slot.since;
  else {
    delete row.dataset.since;
    write($('time', row), '');
  }
  const marks = (slot?.probes || '').slice(-28).padStart(28, '.');
  $('.sp-probes', row).toggleAttribute('hidden', !/[+x]/.test(marks));
  $$('rect', row).forEach((rect, index) => {
    const shown = { '+': 'ok', x: 'down' }[marks[index]];
    if (rect.dataset.s === shown) return;
    if (shown) rect.dataset.s = shown;
    else delete rect.dataset.s;
    rect.setAttribute('y', shown ? 0 : 4);
    rect.setAttribute('height', shown ? 10 : 2);
  });
};
let slots = new Map();
const showSlots = (changes) => {
  const now = changes.map((change) => {
    const key = change.key || change;
    return [key, { ...slots.get(key), ...(change.key ? change : {}) }];
  });
  slots = new Map(now);
  $$('[data-slots]>li').forEach((row, index) => slotRow(row, now[index]?.[1]));
};
/* Only what changed comes; the first one after joining is whole. */
let known = {};
export const applySummary = (change) => {
  known = { ...known, ...change };
  Object.entries(change.says || {}).forEach(([name, text]) => put(name, text));
  put('probesFailed', known.probesSent === 0 ? '—' : number(known.probesFailed));
  const sent = $('[data-n=probesSent]');
  if (sent) sent.textContent = sent.textContent.replace(/[\d.,]+/, number(known.probesSent));
  put('slotsUsed', number(known.slotsUsed));
  if (change.slots) showSlots(change.slots);
};

/* A frame waits for the next picture of the screen only: a tab nobody sees gets none, and catches up by the numbers. */
let queue = [];
let later;
const paint = () => {
  const all = (name) => queue.flatMap((frame) => frame[name]);
  const members = all('members');
  const trouble = members.filter(applyMember).length;
  all('news').forEach(addLine);
  recount();
  document.body.dataset.seq = queue.at(-1).last;
  if (all('kinds').length || trouble) swap();
  queue = [];
  if (!members.length) return;
  later ||= setTimeout(() => {
    later = 0;
    swap();
  }, 15000);
};
/* Lines up to `seq` are on the page. */
export const enqueue = (frame, seq) => {
  queue.push({ ...frame, news: frame.news.filter((line) => line[0] > seq) });
  if (queue.length === 1) requestAnimationFrame(paint);
};

const find = $('[data-find]');
const dim = (test) => {
  const box = $('.sp-groups');
  if (!box) return;
  box.toggleAttribute('data-filter', Boolean(test));
  $$('.sp-t').forEach((tile) => tile.toggleAttribute('data-on', Boolean(test?.(tile))));
};
find?.addEventListener('input', () => {
  const word = find.value.trim().toLowerCase();
  dim(word ? (tile) => (tile.firstChild.data + tile.href).toLowerCase().includes(word) : null);
});
$('[data-chips]')?.addEventListener('click', (event) => {
  const chip = event.target.closest('[data-f]');
  if (!chip || !$('.sp-groups')) return;
  event.preventDefault();
  const state = chip.dataset.f;
  $$('[data-f]').forEach((one) => one.removeAttribute('aria-current'));
  chip.setAttribute('aria-current', 'true');
  history.replaceState(null, '', chip.getAttribute('href'));
  dim(state ? (tile) => tile.dataset.s === state : null);
  if (state) $('.sp-groups').dataset.filter = state;
});
document.addEventListener('click', (event) => {
  const head = event.target.closest('.sp-group>h3');
  if (head) head.parentNode.toggleAttribute('data-open');
});
