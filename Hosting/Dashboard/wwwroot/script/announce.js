// What a screen reader is told: what has changed for the person, once, and never figures that run.

import { byId, show, text } from './dom.js';

const QUIET = 20_000;
const MOST_TOPICS = 50;
const last = new Map();
let timer = null;

/** Says something, politely. The same topic speaks at most every 20 seconds; urgent ones at once. */
export function announce(topic, words, urgent = false) {
  const now = performance.now();
  const before = last.get(topic);
  if (before && (before.words === words || (!urgent && now - before.at < QUIET))) return;
  last.delete(topic);
  last.set(topic, { words, at: now });
  if (last.size > MOST_TOPICS) last.delete(last.keys().next().value);
  text(byId('announcer'), words);
}

/** Shows the outcome of what a person did, and says it. */
export function toast(words, kind = 'done') {
  const box = byId('toast');
  box.dataset.kind = kind;
  text(byId('toast-words'), words);
  show(box, true);
  last.delete('action');
  announce('action', words, true);
  clearTimeout(timer);
  if (kind !== 'error') timer = setTimeout(hide, 10_000);
}

function hide() {
  clearTimeout(timer);
  show(byId('toast'), false);
}

byId('toast-close').addEventListener('click', hide);
