// The stages as a table: rates, how they spend their time, latencies.

import { attribute, el, show, text } from './dom.js';
import { count, latency, percent, rate } from './format.js';
import { fillTable, table } from './table.js';

const COLUMNS = [
  { title: 'Stage' }, { title: 'Rate', number: true }, { title: 'So far', number: true }, { title: 'Workers', number: true }, { title: 'How it spends its time', wide: true },
  { title: 'p50', number: true }, { title: 'p95', number: true }, { title: 'p99', number: true },
];

export class StagesTable {
  constructor(root) {
    this.table = table('Stages: rate, time, and percentiles of the latency of one piece of work over the last minute', COLUMNS);
    root.append(this.table.element);
  }

  update({ stages, limit }) {
    show(this.table.element, stages.length > 0);
    fillTable(this.table, stages, stage => stage.name, (stage, cells, row) => {
      attribute(row, 'data-tone', stage.name);
      text(cells[0], `${stage.title}${limit.stage === stage.name ? ' – the limit' : ''}`);
      text(cells[1], `${rate(stage.rate)} ${stage.unit}/s`);
      text(cells[2], count(stage.items));
      text(cells[3], count(stage.workers));
      this.#shares(cells[4], stage);
      text(cells[5], stage.latency ? latency(stage.latency.p50) : '–');
      text(cells[6], stage.latency ? latency(stage.latency.p95) : '–');
      text(cells[7], stage.latency ? latency(stage.latency.p99) : '–');
    });
  }

  #shares(cell, stage) {
    if (cell.childElementCount === 0) {
      cell.append(el('div', {},
        el('div', { class: 'shares', 'aria-hidden': 'true' }, el('span', { class: 'busy' }), el('span', { class: 'blocked' })),
        el('span', { class: 'small' })));
    }
    const [bar, words] = cell.firstElementChild.children;
    const parts = [['busy', stage.busyShare], ['waits for room', stage.outputWaitShare], ['waits for work', stage.inputWaitShare]];
    bar.children[0].style.width = `${stage.busyShare * 100}%`;
    bar.children[1].style.width = `${stage.outputWaitShare * 100}%`;
    const said = parts.filter(([, share]) => share >= 0.005).map(([name, share]) => `${name} ${percent(share)}`).join(', ');
    text(words, said || 'idle');
  }
}
