// The first panel: state, what limits, progress, key figures, the accounting.

import { attribute, byId, el, keyed, show, text } from './dom.js';
import { bytes, count, dateTime, duration, percent, plural, rate, short } from './format.js';
import { controlJob, jobControls } from './actions.js';
import { buttons } from './table.js';
import { account } from './accounting.js';

const ENDED = { done: 'Done.', cancelled: 'Cancelled.', failed: 'Failed.' };

/** Shows an overview. @param {{ silentSeconds: number|null, control: boolean }} context */
export function showNow(overview, context) {
  const { job, documents } = overview;
  const stalled = context.silentSeconds !== null;
  const state = stalled ? 'stalled' : overview.state;
  attribute(byId('state'), 'data-state', state);
  text(byId('state'), stalled ? 'stalled' : overview.state);
  text(byId('job-name'), job ? `Job ${job.id}: ${job.name}` : 'No job');
  text(byId('headline'), headline(overview, context.silentSeconds));
  showNotices(overview.notices);
  buttons(byId('now-actions'), context.control && job ? jobControls(job).map(one => ({ ...one, hint: `job ${job.id}`, act: () => controlJob(job, one.verb) })) : []);
  showProgress(overview);
  showFigures(overview);
  showAccounting(documents);
  document.title = title(overview, state);
}

/** The one sentence that matters now. */
export function headline(overview, silentSeconds) {
  const { job, state, pipeline } = overview;
  if (!job) return 'No job yet. The dashboard shows one as soon as it begins.';
  if (state === 'failed') return `Failed: ${job.reason ?? 'the reason is in the log'}`;
  if (ENDED[state]) return `${ENDED[state]} ${ended(job)}`;
  if (state === 'queued') return job.reason ?? 'Waiting for its turn.';
  if (state === 'pausing') return 'Pausing: what is under way is finished first.';
  if (state === 'paused') return 'Paused. Nothing is read until it is resumed.';
  if (state === 'stopping') return 'Stopping: what is under way is finished and recorded first.';
  if (silentSeconds !== null) return `Nothing has moved for ${duration(silentSeconds)}. ${job.reason ?? overview.notices[0] ?? pipeline.limit.sentence}`;
  return pipeline.limit.sentence;
}

function ended(job) {
  const seconds = (Date.parse(job.ended) - Date.parse(job.began)) / 1000;
  const time = Number.isFinite(seconds) ? ` in ${duration(seconds)}, at ${dateTime(job.ended)}` : '';
  const { indexed, unchanged, dead } = job.documents;
  return `${plural(indexed, 'document')} indexed, ${count(unchanged)} unchanged, ${count(dead)} dead${time}.`;
}

function showNotices(notices) {
  const list = byId('notices');
  show(list, notices.length > 0);
  keyed(list, [...new Set(notices)], notice => notice, notice => el('li', {}, notice), () => {});
}

function showProgress({ documents, estimate, job }) {
  const settled = documents.discovered - documents.pending;
  const share = documents.discovered > 0 ? settled / documents.discovered : 0;
  const bar = byId('progress');
  text(byId('progress-done'), job ? `${count(settled)} of ${count(documents.discovered)}${documents.listingComplete ? '' : ' or more'} documents` : '–');
  text(byId('progress-of'), job && documents.listingComplete && documents.discovered > 0 ? percent(share) : '');
  text(byId('progress-left'), estimate.secondsLeft === null ? '' : `about ${duration(estimate.secondsLeft)} left, until ${dateTime(estimate.endsAt)}`);
  text(byId('progress-basis'), estimate.basis ? sentence(estimate.basis) : '');
  byId('progress-fill').style.width = `${(share * 100).toFixed(2)}%`;
  attribute(bar, 'aria-valuenow', documents.listingComplete ? Math.floor(share * 100) : null);
  attribute(bar, 'aria-valuetext', `${count(settled)} of ${count(documents.discovered)} documents`);
}

function showFigures({ throughput, padding, process, gpus, nodes, deadLetters, mode }) {
  const figures = [
    ['Documents/s', rate(throughput.documentsPerSecond)],
    ['Chunks/s', rate(throughput.chunksPerSecond)],
    ['Tokens/s', rate(throughput.tokensPerSecond)],
    ['Vectors/s', rate(throughput.vectorsPerSecond)],
    ['Padding waste', padding.paddedTokens > 0 ? percent(padding.waste, 1) : '–', padding.paddedTokens > 0 ? `of ${short(padding.paddedTokens)} tokens` : ''],
    ['Memory', bytes(process.residentBytes), `peak ${bytes(process.peakResidentBytes)} of ${bytes(process.limitBytes)}`],
    ['Processor', percent(process.cpuShare), `of ${plural(process.processors, 'core')}`],
    mode === 'cluster' ? ['Nodes', count(nodes.total), nodes.lost ? `${count(nodes.lost)} lost` : nodes.draining ? `${count(nodes.draining)} leaving` : 'all there'] : ['Dead letters', count(deadLetters)],
  ];
  if (gpus.length > 0) {
    const sum = value => gpus.reduce((total, gpu) => total + value(gpu), 0);
    figures.push([gpus.length === 1 ? 'GPU' : `${gpus.length} GPUs`, percent(sum(gpu => gpu.utilization) / gpus.length), `${bytes(sum(gpu => gpu.memoryUsedBytes))} of ${bytes(sum(gpu => gpu.memoryTotalBytes))}`]);
  }
  keyed(byId('figures'), figures, figure => figure[0], ([name]) => el('div', {}, el('dt', {}, name), el('dd', {}), el('dd', { class: 'note' })), (box, [, value, note]) => {
    text(box.children[1], value);
    text(box.children[2], note ?? '');
  });
}

function showAccounting(documents) {
  const { terms, balances, verdict } = account(documents);
  const box = byId('equation');
  if (box.childElementCount === 0) {
    box.append(...terms.flatMap((term, index) => [
      index === 0 ? '' : el('span', { class: 'sign' }, index === 1 ? '=' : '+'),
      el('span', {}, el('b', {}), ` ${term.name}`),
    ]).filter(Boolean), el('span', { class: 'verdict' }));
  }
  const numbers = box.querySelectorAll('b');
  terms.forEach((term, index) => text(numbers[index], count(term.value)));
  text(box.lastElementChild, verdict);
  attribute(box, 'data-balances', balances ? 'yes' : 'no');
  showReasons(documents);
}

function showReasons({ skippedByReason, deadByReason }) {
  const lists = [['Skipped', skippedByReason], ['Dead', deadByReason]].filter(([, reasons]) => Object.keys(reasons).length > 0);
  show(byId('reasons'), lists.length > 0);
  keyed(byId('reasons-lists'), lists, ([name]) => name, ([name]) => el('div', {}, el('h3', {}, name), el('ul')), (box, [, reasons]) => {
    const sorted = Object.entries(reasons).sort((a, b) => b[1] - a[1]);
    keyed(box.lastElementChild, sorted, ([reason]) => reason, () => el('li'), (item, [reason, number]) => text(item, `${count(number)} ${reason}`));
  });
}

function title({ job, documents }, state) {
  if (!job) return 'Sluice';
  const share = documents.listingComplete && documents.discovered > 0 ? ` ${percent((documents.discovered - documents.pending) / documents.discovered)}` : '';
  return `${state === 'running' ? '' : `${state} `}${share.trim()} · Sluice`.replace(/^ · /, '');
}

const sentence = words => `${words[0].toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? '' : '.'}`;
