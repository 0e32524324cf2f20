// One chart over time: uPlot with the page's colours, and a legend that is text.

import uPlot from '../lib/uplot/uPlot.esm.js';
import { el, text } from './dom.js';
import { timeOfDay } from './format.js';
import { Series } from './series.js';
import { colour, onChange } from './theme.js';

const HEIGHT = 170;
const together = uPlot.sync('time');

export class Chart {
  /**
   * @param {HTMLElement} root where the figure goes
   * @param {string} title its heading
   * @param {{ name: string, tone: string, dash?: boolean, fill?: boolean }[]} lines
   * @param {(value: number) => string} words a value as text
   * @param {{ top?: number, steps?: number[] }} options where the axis ends when values do not reach so far; what the axis may count in
   */
  constructor(root, title, lines, words, options = {}) {
    this.lines = lines;
    this.words = words;
    this.series = new Series(lines.length);
    this.values = lines.map(() => el('b', {}, '–'));
    this.place = el('div', { class: 'plot', 'aria-hidden': 'true' });
    const legend = el('ul', { class: 'legend' }, lines.map((line, index) =>
      el('li', { 'data-tone': line.tone }, el('span', { class: 'line', 'data-dash': line.dash ? 'yes' : 'no' }), line.name, ' ', this.values[index])));
    this.figure = el('figure', { class: 'chart' }, el('figcaption', {}, el('h3', {}, title), legend), this.place);
    root.append(this.figure);
    this.plot = new uPlot(this.#options(options), this.series.data, this.place);
    together.sub(this.plot);
    new ResizeObserver(() => this.#fit()).observe(this.place);
    onChange(() => this.plot.redraw(false));
    this.pointing = false;
  }

  /** Adds a sample. @param {number} time seconds @param {(number|null)[]} values */
  add(time, values) {
    this.series.add(time, values);
    this.latest = values;
    if (document.hidden || this.figure.hidden) return;
    this.plot.setData(this.series.data);
    if (!this.pointing) this.#tell(values, '');
  }

  #fit() {
    const width = Math.floor(this.place.clientWidth);
    if (width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: HEIGHT });
  }

  #tell(values) {
    values.forEach((value, index) => text(this.values[index], value === null || value === undefined ? '–' : this.words(value)));
  }

  #options({ top = 0, steps = undefined }) {
    const axis = {
      stroke: () => colour('ink-3'),
      font: `11px ${getComputedStyle(document.body).fontFamily}`,
      grid: { stroke: () => colour('grid'), width: 1 },
      ticks: { show: false },
    };
    return {
      width: Math.max(200, Math.floor(this.place.clientWidth)),
      height: HEIGHT,
      padding: [8, 30, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: 'time', setSeries: false }, points: { size: 6 }, drag: { x: false, y: false } },
      hooks: { setCursor: [plot => this.#point(plot)] },
      scales: { x: { time: true }, y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(top, (high ?? 0) * 1.08) || 1] } },
      axes: [
        { ...axis, space: 90, size: 26, values: (_, splits) => splits.map(split => timeOfDay(new Date(split * 1000))) },
        { ...axis, space: 34, size: 64, incrs: steps, values: (_, splits) => splits.map(split => this.words(split)) },
      ],
      series: [{}, ...this.lines.map(line => ({
        label: line.name,
        stroke: () => colour(line.tone),
        width: 1.75,
        dash: line.dash ? [6, 4] : undefined,
        points: { show: false },
        spanGaps: false,
      }))],
    };
  }

  #point(plot) {
    const index = plot.cursor.idx;
    this.pointing = index !== null && index !== undefined;
    if (this.pointing) this.#tell(this.lines.map((_, line) => plot.data[line + 1][index]));
    else if (this.latest) this.#tell(this.latest);
  }
}
