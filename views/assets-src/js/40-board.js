/* The board: applies numbered events, at most two paints a second; numbers are counted from the tiles. */
/* global document, history, requestAnimationFrame, setTimeout */
import { $, $$ } from './00-dom.js';
import { swap } from './30-swap.js';
import { tiny } from './35-clock.js';
const LOUD = ['down', 'unmeasured', 'quarantined', 'failed', 'rolling_back', 'running', 'soaking'];
const PEOPLE = ['down', 'unmeasured', 'quarantined', 'failed'];
const together = (states) => {
  const loud = LOUD.find((state) => states.includes(state));
  if (loud) return loud;
  if (states.includes('pending')) return states.includes('done') ? 'running' : 'pending';
  return states.find((state) => state !== 'done') || 'done';
};
const tileOf = (kode) => $(`.sp-t[href="?desa=${kode}"]`);
const words = {};
$$('[data-f]').forEach((chip) => (words[chip.dataset.f] = $('span', chip)?.textContent));
const number = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, document.body.dataset.sep === '.' ? '.' : ',');
const put = (name, text) => {
  const node = $(`[data-n=${name}]`);
  if (node && node.textContent !== text) node.textContent = text;
};

const setTile = (tile, state) => {
  if (tile.dataset.s === state) return;
  tile.dataset.s = state;
  const word = words[state] || state;
  const spoken = $('.visually-hidden', tile);
  spoken.textContent = `, ${word}`;
  if (tile.title.includes(' · ')) tile.title = `${tile.title.split(' · ').slice(0, 2).join(' · ')} · ${word}`;
  const filter = tile.closest('[data-filter]')?.dataset.filter;
  tile.toggleAttribute('data-on', filter === state);
};
const applyMember = (body) => {
  const tile = tileOf(body.kode);
  if (!tile) return;
  const mark = $(`[data-a="${body.app}"]`, tile);
  const state = body.kind ? null : body.state;
  if (mark && state) mark.dataset.s = state;
  const marks = $$('[data-a]', tile).map((one) => one.dataset.s);
  if (state) setTile(tile, mark ? together(marks) : state);
  if (body.steps) tile.dataset.p = Math.min(8, Math.round((body.step / body.steps) * 8));
};

const recount = () => {
  const states = $$('.sp-t').map((tile) => tile.dataset.s);
  if (!states.length) return;
  const count = (state) => states.filter((one) => one === state).length;
  $$('[data-f]').forEach((chip) => {
    if (!chip.dataset.f) return;
    const n = count(chip.dataset.f);
    $('b', chip).textContent = number(n);
    chip.toggleAttribute('data-zero', n === 0);
  });
  const done = count('done');
  put('done', number(done));
  put('share', String(Math.floor((done / states.length) * 100)));
  put('people', number(PEOPLE.reduce((sum, state) => sum + count(state), 0)));
  $$('[data-group]').forEach((group) => {
    const tiles = $$('.sp-t', group);
    $('[data-tally]', group).textContent = `${tiles.filter((tile) => tile.dataset.s === 'done').length}/${tiles.length}`;
  });
};

const clone = (icon) => {
  const svg = $('.sp-i').cloneNode(true);
  const use = $('use', svg);
  use.setAttribute('href', use.getAttribute('href').replace(/#.*/, `#${icon}`));
  svg.setAttribute('class', 'sp-i');
  return svg;
};
const feed = $('[data-feed]');
const addLine = (line, at) => {
  if (!feed) return;
  $('[data-feed-empty]', feed)?.remove();
  const row = document.createElement('li');
  row.dataset.tone = line.tone;
  const time = document.createElement('time');
  time.textContent = tiny(at);
  time.dateTime = at;
  const text = document.createElement('span');
  const who = document.createElement('b');
  who.textContent = line.who;
  text.append(who, ` ${line.text}`);
  row.append(time, clone(line.icon), text);
  feed.prepend(row);
  while (feed.children.length > 40) feed.lastChild.remove();
};

const slotRow = (row, slot) => {
  const [name, where] = [$('b', row), $('.sp-slot-top span', row)];
  name.textContent = slot ? slot.nama : '';
  where.textContent = slot ? slot.kecamatan : row.parentNode.dataset.free;
  $('.sp-dots', row).dataset.p = slot ? Math.min(8, Math.round((slot.step / slot.steps) * 8)) : 0;
  $('.sp-slot-now span', row).textContent = slot ? slot.label : '';
  row.toggleAttribute('data-empty', !slot);
  if (slot) row.dataset.since = slot.since;
  else delete row.dataset.since;
  $('.sp-probes', row).toggleAttribute('hidden', !/[+x]/.test(slot?.probes || ''));
  const marks = (slot ? slot.probes : '').slice(-28).padStart(28, '.');
  $$('rect', row).forEach((rect, index) => {
    const mark = marks[index];
    const shown = mark === '+' || mark === 'x';
    if (shown) rect.dataset.s = mark === '+' ? 'ok' : 'down';
    else delete rect.dataset.s;
    rect.setAttribute('y', shown ? 0 : 4);
    rect.setAttribute('height', shown ? 10 : 2);
  });
};
export const applySummary = (summary) => {
  put('eta', summary.eta);
  put('etaNote', summary.etaNote);
  put('pace', summary.pace);
  put('probesFailed', summary.probesSent === 0 ? '—' : number(summary.probesFailed));
  const sent = $('[data-n=probesSent]');
  if (sent) sent.textContent = sent.textContent.replace(/[\d.,]+/, number(summary.probesSent));
  put('slotsUsed', number(summary.slotsUsed));
  put('load', summary.load);
  $$('[data-slots]>li').forEach((row, index) => slotRow(row, summary.slots[index]));
};

let queue = [];
let painting = false;
const STRUCTURE = /^(rollout|release|desa)\./;
const paint = () => {
  painting = false;
  const events = queue;
  queue = [];
  let draw = false;
  for (const { type, body, at, line } of events) {
    if (type.startsWith('member.')) applyMember(body);
    if (STRUCTURE.test(type) || PEOPLE.includes(body.state)) draw = true;
    if (line) addLine(line, at);
  }
  recount();
  if (draw) void swap();
};
export const enqueue = (events) => {
  queue.push(...events);
  if (painting || !queue.length) return;
  painting = true;
  setTimeout(() => requestAnimationFrame(paint), 500);
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
