// The pipeline as a drawing: sources, stages, the bounded queues between them, sinks. Beside each other where there is room, else below each other.

import { attribute, svg, text } from './dom.js';
import { amount, count, percent, rate, short } from './format.js';
import { beside, below } from './geometry.js';

const WIDE = 940;

export class PipelineDrawing {
  /** @param {HTMLElement} root an empty element that is the drawing's alone */
  constructor(root) {
    this.root = root;
    this.view = null;
    this.shape = '';
    new ResizeObserver(() => this.#draw()).observe(root);
  }

  /** Shows a pipeline of the API. */
  update(view) {
    this.view = view;
    this.#draw();
  }

  #draw() {
    const view = this.view;
    const width = Math.floor(this.root.clientWidth);
    if (!view || width === 0 || view.stages.length === 0) return;
    // What does not change with every second decides whether it is drawn anew.
    const shape = JSON.stringify([width, view.stages.map(stage => stage.name), view.links.map(link => link.name), view.sources, view.sinks]);
    if (shape !== this.shape) {
      this.shape = shape;
      const geometry = width >= WIDE ? beside(width, view) : below(width, view);
      this.#build(view, geometry);
    }
    this.#refresh(view);
  }

  #build(view, geometry) {
    this.title = svg('title', {});
    const picture = svg('svg', { role: 'img', viewBox: `0 0 ${geometry.width} ${geometry.height}`, height: geometry.height }, this.title);
    for (const path of geometry.paths) picture.append(svg('path', { class: path.thin ? 'thin' : 'edge', d: path.d }));
    for (const arrow of geometry.arrows) picture.append(svg('path', { class: 'arrow', d: arrow }));
    for (const end of geometry.ends) picture.append(endBox(end));
    this.stages = geometry.stages.map((place, index) => stageBox(picture, place, view.stages[index]));
    this.links = geometry.links.map((place, index) => basin(picture, place, view.links[index]));
    this.root.replaceChildren(picture);
  }

  #refresh(view) {
    view.stages.forEach((stage, index) => this.stages[index](stage, view.limit.stage === stage.name));
    view.links.forEach((link, index) => this.links[index](link));
    text(this.title, summary(view));
  }
}

/** The drawing in words, for those who do not see it. */
function summary(view) {
  const stages = view.stages.map(stage => `${stage.title} ${rate(stage.rate)} ${stage.unit} a second${view.limit.stage === stage.name ? ', the limit' : ''}`);
  const links = view.links.map(link => (link.fillShare === null ? `${count(link.fill)} ${link.unit} ${link.name}` : `queue ${link.name} ${percent(link.fillShare)} full`));
  return `Pipeline: ${stages.join('; ')}. ${links.join('; ')}.`;
}

function stageBox(picture, place, stage) {
  const { x, y, width, height } = place;
  const title = svg('text', { class: 'title', x: x + 12, y: y + 22 }, stage.title);
  const big = svg('tspan', { class: 'big' });
  const unit = svg('tspan', { class: 'faint', dx: 4 });
  const total = svg('text', { class: 'faint', x: x + 12, y: y + 65 });
  const shareWidth = width - 24;
  const back = svg('rect', { class: 'share-back', x: x + 12, y: y + height - 30, width: shareWidth, height: 5, rx: 2.5 });
  const busy = svg('rect', { class: 'tone', x: x + 12, y: y + height - 30, width: 0, height: 5, rx: 2.5 });
  const words = svg('text', { class: 'faint', x: x + 12, y: y + height - 10 });
  const flagWidth = 62;
  const group = svg('g', { 'data-tone': stage.name, 'data-stage': stage.name, 'data-limit': 'no' },
    svg('rect', { class: 'box', x, y, width, height, rx: 8 }),
    title, svg('text', { x: x + 12, y: y + 46 }, big, unit), total, back, busy, words,
    svg('rect', { class: 'flag', x: x + width - flagWidth - 8, y: y - 9, width: flagWidth, height: 18, rx: 9 }),
    svg('text', { class: 'flag-words mid', x: x + width - 8 - flagWidth / 2, y: y + 4 }, 'the limit'));
  picture.append(group);
  return (now, limits) => {
    attribute(group, 'data-limit', limits ? 'yes' : 'no');
    text(big, rate(now.rate));
    text(unit, `${now.unit}/s`);
    text(total, `${short(now.items)} so far`);
    attribute(busy, 'width', (Math.min(1, now.busyShare) * shareWidth).toFixed(1));
    text(words, waits(now));
  };
}

/** How a stage spends most of its time, as short as it can be said. The table below the drawing says it in full. */
function waits({ busyShare: busy, inputWaitShare: input, outputWaitShare: output }) {
  const most = Math.max(busy, input, output);
  if (most === 0) return 'idle';
  return most === busy ? `busy ${percent(busy)}` : `${most === output ? 'blocked' : 'starved'} ${percent(most)}`;
}

/** A queue as a basin with a water level; the ledger has no bound and so no level. */
function basin(picture, place, link) {
  const { x, y, width, height, lying } = place;
  const level = svg('rect', { class: 'level', x, y: y + height, width: lying ? 0 : width, height: lying ? height : 0 });
  const name = svg('text', { class: 'faint', x: place.nameX, y: place.nameY }, link.name);
  const share = svg('text', { class: 'title', x: place.shareX, y: place.shareY });
  const words = svg('text', { class: 'faint', x: place.wordsX, y: place.wordsY });
  const unit = svg('text', { class: 'faint', x: place.wordsX, y: place.wordsY + 15 });
  if (!lying) for (const one of [name, share, words, unit]) attribute(one, 'class', `${one.getAttribute('class')} mid`);
  const walls = lying ? `M${x} ${y}h${width}v${height}h${-width}z` : `M${x} ${y}v${height}h${width}v${-height}`;
  picture.append(svg('g', { 'data-link': link.name },
    svg('rect', { class: 'basin', x, y, width, height }), level, svg('path', { class: 'wall', d: walls }), name, share, words, unit));
  return now => {
    const full = Math.max(0, Math.min(1, now.fillShare ?? 0));
    if (lying) {
      attribute(level, 'y', y);
      attribute(level, 'width', (full * width).toFixed(1));
    } else {
      attribute(level, 'y', (y + height * (1 - full)).toFixed(1));
      attribute(level, 'height', (full * height).toFixed(1));
    }
    text(share, now.fillShare === null ? short(now.fill) : percent(now.fillShare));
    const bound = now.bound === null ? now.unit : `of ${amount(now.bound, now.unit)}`;
    const cut = lying ? bound.length : bound.indexOf(' ', 3) < 0 || now.unit === 'bytes' ? bound.length : bound.indexOf(' ', 3);
    text(words, bound.slice(0, cut));
    text(unit, bound.slice(cut + 1));
  };
}

function endBox({ x, y, width, height, label, full, note }) {
  return svg('g', {},
    svg('title', {}, full),
    svg('rect', { class: 'box end-box', x, y, width, height, rx: 5 }),
    svg('text', { x: x + 8, y: y + (note ? 17 : height / 2 + 4.5) }, label),
    note && svg('text', { class: 'faint', x: x + 8, y: y + 33 }, note));
}
