// Jobs: the list, what may be done with each, and one of them in detail.

import { get } from './api.js';
import { attribute, byId, el, show, text } from './dom.js';
import { count, dateTime, duration, percent, rate } from './format.js';
import { controlJob, jobControls, replayJob } from './actions.js';
import { account } from './accounting.js';
import { PipelineDrawing } from './pipeline.js';
import { buttons, fillTable, table } from './table.js';

const COLUMNS = [
  { title: 'Job' }, { title: 'State' }, { title: 'Progress', number: true }, { title: 'Dead', number: true }, { title: 'Weight', number: true },
  { title: 'Submitted' }, { title: 'Took', number: true }, { title: 'Control', unseen: true },
];
const ACTIVE = new Set(['queued', 'running', 'pausing', 'paused', 'stopping']);

export class JobsTable {
  #open = null;
  #reading = false;

  constructor(root) {
    this.table = table('Jobs', COLUMNS);
    this.empty = el('p', { class: 'empty' }, 'There was no job yet. `sluice ingest PATH` on one machine, or `sluice job submit FILE` in a cluster, begins one.');
    this.detail = new JobPanel(() => this.#toggle(this.#open));
    root.append(this.empty, this.table.element, this.detail.element);
  }

  /** @param {object[]} jobs latest first @param {number} now milliseconds, by the server's clock @param {boolean} control */
  update(jobs, now, control) {
    this.last = [jobs, now, control];
    show(this.empty, jobs.length === 0);
    show(this.table.element, jobs.length > 0);
    const active = jobs.filter(job => ACTIVE.has(job.state)).length;
    text(byId('tab-jobs'), active > 0 ? `${active} of ${jobs.length}` : String(jobs.length || ''));
    fillTable(this.table, jobs, job => job.id, (job, cells, row) => {
      const { discovered, pending, listingComplete, dead } = job.documents;
      attribute(row, 'data-job', job.id);
      cells[0].classList.add('wrap');
      text(cells[0], `${job.id} ${job.name}${job.kind === 'replay' ? ' (replay)' : ''}`);
      this.#state(cells[1], job);
      text(cells[2], discovered === 0 ? '–' : `${count(discovered - pending)} / ${count(discovered)}${listingComplete ? `, ${percent((discovered - pending) / discovered)}` : '+'}`);
      text(cells[3], count(dead));
      text(cells[4], count(job.weight));
      text(cells[5], dateTime(job.submitted));
      text(cells[6], took(job, now));
      buttons(cells[7], [
        ...(control ? jobControls(job).map(one => ({ ...one, hint: `job ${job.id}`, act: () => controlJob(job, one.verb) })) : []),
        ...(control && !ACTIVE.has(job.state) && dead > 0 ? [{ verb: 'replay', label: 'Replay dead', hint: `of job ${job.id}`, act: () => replayJob(job) }] : []),
        { verb: 'detail', label: 'Detail', hint: `of job ${job.id}`, expanded: this.#open === job.id, act: () => this.#toggle(job.id) },
      ]);
    });
  }

  /** Reads the job that is open once more. */
  async refresh() {
    if (this.#open === null || this.#reading) return;
    this.#reading = true;
    try {
      this.detail.show(await get(`jobs/${this.#open}`));
    } catch (error) {
      this.detail.fail(error.message);
    } finally {
      this.#reading = false;
    }
  }

  #state(cell, job) {
    if (cell.childElementCount === 0) cell.append(el('span', { class: 'chip' }), el('span', { class: 'small' }));
    attribute(cell.children[0], 'data-state', job.state);
    text(cell.children[0], job.state);
    text(cell.children[1], job.reason ?? '');
  }

  #toggle(id) {
    const same = this.#open === id;
    this.#open = same ? null : id;
    this.detail.open(this.#open);
    if (!same) this.refresh();
    this.update(...this.last);
  }
}

class JobPanel {
  constructor(onClose) {
    this.title = el('h3', { tabindex: '-1' });
    this.words = el('p', { class: 'small' });
    this.drawing = el('div', { class: 'drawing' });
    this.facts = el('dl', { class: 'facts' });
    this.element = el('div', { class: 'detail', hidden: true, role: 'region', 'aria-label': 'Job in detail' },
      el('div', { class: 'detail-head' }, this.title, el('button', { type: 'button', class: 'quiet', onclick: onClose }, 'Close')),
      this.words, this.drawing, this.facts);
    this.pipeline = new PipelineDrawing(this.drawing);
  }

  open(id) {
    show(this.element, id !== null);
    if (id === null) return;
    text(this.title, `Job ${id}`);
    text(this.words, 'Reading…');
    this.facts.replaceChildren();
    this.title.focus();
  }

  show(detail) {
    const { job, chunks, estimate, padding, throughput } = detail;
    text(this.title, `Job ${job.id}: ${job.name}`);
    text(this.words, job.reason ?? detail.pipeline.limit.sentence);
    this.pipeline.update(detail.pipeline);
    const { terms, verdict } = account(job.documents);
    const facts = [
      ['State', `${job.state}${job.wish === 'run' ? '' : `, asked to ${job.wish}`}`],
      ['Sources', job.sources.join('\n')],
      ['Documents', `${terms.map((term, index) => `${index === 0 ? '' : index === 1 ? '= ' : '+ '}${count(term.value)} ${term.name}`).join(' ')} ${verdict}`],
      ['Chunks', `${count(chunks.parsed)} cut, ${count(chunks.embedded)} embedded, ${count(chunks.reused)} reused, ${count(chunks.kept)} kept, ${count(chunks.stored)} stored, ${count(chunks.deleted)} deleted`],
      ['Throughput', `${rate(throughput.documentsPerSecond)} documents/s, ${rate(throughput.chunksPerSecond)} chunks/s, ${rate(throughput.tokensPerSecond)} tokens/s`],
      ['Padding', padding.paddedTokens > 0 ? `${percent(padding.waste, 1)} of ${count(padding.paddedTokens)} tokens` : '–'],
      ['Time left', estimate.secondsLeft === null ? estimate.basis : `about ${duration(estimate.secondsLeft)}: ${estimate.basis}`],
      ['Model', detail.pipeline.model ? `${detail.pipeline.model.name} on ${detail.pipeline.model.device}` : '–'],
      ['Nodes', detail.nodes.map(node => `${node.id} (${node.state})`).join(', ') || '–'],
      ['Began', dateTime(job.began)],
      ['Ended', dateTime(job.ended)],
      ...[...detail.notices, ...detail.warnings].map((words, index) => [index === 0 ? 'Notices' : '', words]),
    ];
    if (this.facts.childElementCount !== facts.length * 2) this.facts.replaceChildren(...facts.flatMap(([name]) => [el('dt', {}, name), el('dd')]));
    facts.forEach(([name, value], index) => {
      text(this.facts.children[index * 2], name);
      text(this.facts.children[index * 2 + 1], value);
    });
  }

  fail(words) {
    text(this.words, words);
  }
}

function took(job, now) {
  if (!job.began) return '–';
  return duration(((job.ended ? Date.parse(job.ended) : now) - Date.parse(job.began)) / 1000);
}
