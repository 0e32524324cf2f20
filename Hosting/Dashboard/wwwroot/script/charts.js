// The charts of the page, and which figure of the overview goes into which.

import { Chart } from './chart.js';
import { bytes, duration, latency, percent, rate } from './format.js';
import { byId, show, text } from './dom.js';

const STAGES = ['parse', 'embed', 'index'];
const BYTES = Array.from({ length: 50 }, (_, power) => 2 ** power);

export class Charts {
  #began = null;
  #gpu = null;

  /** @param {HTMLElement} root @param {boolean} cluster whether there are other nodes */
  constructor(root, cluster) {
    this.root = root;
    const stages = [{ name: 'Parser', tone: 'parse' }, { name: 'Embedder', tone: 'embed' }, { name: 'Database', tone: 'index' }];
    this.rates = new Chart(root, 'Chunks a second', stages, rate, { top: 1 });
    const memory = [{ name: cluster ? 'this node' : 'process', tone: 'accent' }, { name: 'of it managed', tone: 'ink', dash: true }];
    if (cluster) memory.push({ name: 'all nodes', tone: 'embed' });
    this.memory = new Chart(root, 'Memory', memory, bytes, { steps: BYTES });
    this.queues = new Chart(root, 'Queues, how full', [{ name: 'packing', tone: 'embed' }, { name: 'sink', tone: 'index' }], percent, { top: 1 });
    this.latencies = new Chart(root, 'Latency, 95th percentile', stages, latency, { top: 0.001 });
  }

  /** @param {object} overview @param {number|null} nodesMemory bytes of all nodes; null on one machine */
  add(overview, nodesMemory) {
    const time = Date.parse(overview.at) / 1000;
    this.#began ??= time;
    const stage = name => overview.pipeline.stages.find(one => one.name === name);
    const link = name => overview.pipeline.links.find(one => one.name === name);
    this.rates.add(time, STAGES.map(name => stage(name)?.rate ?? null));
    this.memory.add(time, [overview.process.residentBytes, overview.process.managedBytes, nodesMemory].slice(0, this.memory.lines.length));
    this.queues.add(time, ['packing', 'sink'].map(name => link(name)?.fillShare ?? null));
    this.latencies.add(time, STAGES.map(name => stage(name)?.latency?.p95 ?? null));
    this.#addGpus(time, overview.gpus);
    text(byId('time-span'), `The last ${duration(time - this.#began)}, since this page was opened; averages over ${this.rates.series.every} s each.`);
    show(byId('time-span'), time > this.#began);
  }

  #addGpus(time, gpus) {
    if (gpus.length === 0) return;
    this.#gpu ??= new Chart(this.root, 'GPU, how busy', gpus.slice(0, 8).map((gpu, index) => ({ name: `${gpu.index} ${gpu.name}`, tone: ['embed', 'index', 'parse', 'source'][index % 4], dash: index > 3 })), percent, { top: 1 });
    this.#gpu.add(time, this.#gpu.lines.map((_, index) => gpus[index]?.utilization ?? null));
  }
}
