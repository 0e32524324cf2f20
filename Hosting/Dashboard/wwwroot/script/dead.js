// Dead letters: how many of each kind, each with its reason, place and words, and trying them again.

import { get } from './api.js';
import { byId, el, keyed, show, text } from './dom.js';
import { count, dateTime, plural } from './format.js';
import { replay } from './actions.js';

const PAGE = 20;

export class DeadLetters {
  #control = false;
  #known = undefined;
  #job = null;
  #letters = [];
  #next = null;
  #reading = null;

  constructor(root) {
    this.words = el('p', { class: 'empty' }, 'Not read yet.');
    this.kinds = el('ul', { class: 'kinds', 'aria-label': 'Kinds of dead letters' });
    this.list = el('ul', { class: 'letters' });
    this.more = el('button', { type: 'button', class: 'more', hidden: true, onclick: () => this.#readMore() }, 'Show more');
    root.append(this.words, this.kinds, this.list, this.more);
  }

  /**
   * Reads again when there may be others than before.
   * @param {object} overview whose number of letters may be some seconds old; so the job's own count and its state matter too
   * @param {number|null} job whose database, in a cluster
   * @param {boolean} control
   */
  update(overview, job, control) {
    text(byId('tab-dead'), overview.deadLetters ? count(overview.deadLetters) : '');
    const known = `${overview.deadLetters} ${overview.job?.id} ${overview.state} ${overview.documents.dead} ${job}`;
    const changed = known !== this.#known;
    this.#known = known;
    this.#job = job;
    if (control !== this.#control) {
      this.#control = control;
      this.#render();
    }
    if (changed) this.read();
  }

  /** Reads the first page again. */
  async read() {
    if (this.#reading) {
      this.#reading.again = true;
      return;
    }
    const reading = (this.#reading = { again: false });
    try {
      const page = await get('dead-letters', { limit: PAGE, job: this.#job });
      this.page = page;
      this.#letters = page.items;
      this.#next = page.next;
      this.#render();
    } catch (error) {
      text(this.words, error.message);
      show(this.words, true);
    } finally {
      this.#reading = null;
      if (reading.again) this.read();
    }
  }

  async #readMore() {
    try {
      const page = await get('dead-letters', { limit: PAGE, after: this.#next, job: this.#job });
      this.#letters = [...this.#letters, ...page.items];
      this.#next = page.next;
      this.#render();
    } catch (error) {
      text(this.words, error.message);
      show(this.words, true);
    }
  }

  #render() {
    if (!this.page) return;
    const { total, totalIsExact, reasons } = this.page;
    text(this.words, total === 0 ? 'None: everything that was found is indexed, unchanged or skipped with a reason.' : `${plural(total, 'dead letter')}${totalIsExact ? '' : ' or more'}.`);
    show(this.words, true);
    const kinds = total === 0 ? [] : [...reasons.map(one => ({ key: `r ${one.reason}`, words: `${count(one.count)} ${one.reason}`, label: 'Replay this kind', request: { reason: one.reason } })), ...(reasons.length > 1 ? [{ key: 'all', words: 'All of them', label: 'Replay all', request: { all: true } }] : [])];
    keyed(this.kinds, kinds, kind => kind.key, kind => el('li', {}, el('span'), this.#button(kind.label, kind.words, kind.request)), (item, kind) => {
      text(item.firstElementChild, kind.words);
      show(item.lastElementChild, this.#control);
    });
    keyed(this.list, this.#letters, letter => letter.id, letter => this.#letter(letter), item => show(item.querySelector('button'), this.#control));
    show(this.more, this.#next !== null);
  }

  #letter(letter) {
    return el('li', { class: 'letter', 'data-letter': letter.id },
      el('div', { class: 'letter-head' },
        el('span', { class: 'letter-place' }, letter.place),
        el('span', { class: 'row-actions' }, this.#button('Replay', letter.place, { letters: [letter.id] }))),
      el('p', {}, el('span', { class: 'chip' }, letter.reason), ' ', letter.message),
      letter.excerpt && el('p', { class: 'excerpt' }, letter.excerpt),
      letter.keptChunks > 0 && el('p', { class: 'small kept' }, `Its earlier text is kept and still found: ${plural(letter.keptChunks, 'chunk')}.`),
      el('p', { class: 'small' }, `${plural(letter.attempts, 'attempt')}, given up at ${dateTime(letter.at)}`));
  }

  #button(label, of, request) {
    return el('button', {
      type: 'button',
      onclick: async event => {
        const button = event.currentTarget;
        button.disabled = true;
        await replay(request, this.#job);
        button.disabled = false;
        this.read();
      },
    }, label, el('span', { class: 'unseen' }, ` ${of}`));
  }
}
