/* Joins the stream of the page, keeps one number, says how old the numbers are. */
/* global document, location, setInterval */
import { $, $$, write } from './00-dom.js';
import { connect } from './20-socket.js';
import { swap } from './30-swap.js';
import { clockOf, tiny } from './35-clock.js';
import { applySummary, enqueue } from './40-board.js';
import { addLog } from './50-log.js';
const { stream } = document.body.dataset;
let seq = Number(document.body.dataset.seq);
let heard = Date.now();
let dataAt = document.body.dataset.now;
const mark = $('[data-live-mark]');
const logMark = $('[data-live-log]');

const tellAge = () => {
  const silent = (Date.now() - heard) / 1000;
  const state = silent > 30 ? 'old' : silent > 3 ? 'off' : 'on';
  if (mark && mark.dataset.live !== state) {
    mark.dataset.live = state;
    mark.textContent = state === 'on' ? mark.dataset.on : `${mark.dataset.off} ${tiny(dataAt)}`;
  }
  document.body.toggleAttribute('data-stale', state === 'old');
  $$('[data-stale-note]').forEach((veil) => write(veil, state === 'old' ? `${veil.dataset.staleNote} ${tiny(dataAt)}` : ''));
  $$('[data-slots]>li[data-since]').forEach((row) => {
    const { second, minute } = row.parentNode.dataset;
    const age = Math.max(0, Math.round((Date.parse(dataAt) - Date.parse(row.dataset.since)) / 1000));
    const [whole, rest] = [Math.floor(age / 60), age % 60];
    write($('time', row), age < 60 ? `${age} ${second}` : `${whole} ${minute} ${String(rest).padStart(2, '0')} ${second}`);
  });
};
const note = (at) => {
  heard = Date.now();
  if (mark?.hidden) mark.hidden = false;
  if (logMark) logMark.hidden = false;
  if (!at) return;
  dataAt = at;
  write($('[data-clock]'), clockOf(at).slice(0, 2).join(document.body.dataset.sep));
};

let lastSpoken = 0;
const speak = () => {
  const say = $('[data-say]');
  if (!say?.dataset.say || Date.now() - lastSpoken < 15000) return;
  lastSpoken = Date.now();
  const read = (name) => $(`[data-n=${name}]`)?.textContent || '0';
  const parts = [read('done'), $$('.sp-t').length, read('probesFailed'), read('people')];
  say.textContent = say.dataset.say.replace(/#(\d)/g, (_, at) => parts[at]);
};

if (stream) {
  const emit = connect({
    connect: () => {
      note();
      emit('join', { stream, after: seq });
    },
    events: (batch) => {
      note();
      if (batch.stream !== stream) return;
      if (batch.after > seq) return emit('join', { stream, after: seq });
      if (batch.last <= seq) return;
      enqueue(batch, seq);
      seq = batch.last;
      speak();
    },
    summary: (summary) => {
      note();
      if (summary.stream === stream) applySummary(summary);
    },
    lines: (batch) => {
      note();
      if (batch.stream === stream) addLog(batch.lines);
    },
    beat: (beat) => {
      note(beat.at);
      const { worker } = document.body.dataset;
      document.body.dataset.worker = beat.worker;
      if (worker && worker !== String(beat.worker)) swap();
    },
    reload: () => location.reload(),
  });
  setInterval(tellAge, 1000);
}
const poll = $('[data-poll]');
if (poll) setInterval(() => document.hidden || swap(), poll.dataset.poll * 1000);
