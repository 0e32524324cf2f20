// The search box: that one sees that it works.

import { get } from './api.js';
import { attribute, el, text } from './dom.js';
import { latency, plural } from './format.js';

const MODES = [['', 'as configured'], ['hybrid', 'hybrid'], ['vector', 'vectors'], ['full-text', 'full text']];

export class Search {
  #abort = null;

  /** @param {HTMLElement} root @param {() => number|null} job the job whose database is searched, in a cluster */
  constructor(root, job) {
    this.job = job;
    this.query = el('input', { type: 'search', id: 'search-query', maxlength: 2000, required: true, autocomplete: 'off', placeholder: 'A question or some words' });
    this.mode = el('select', { id: 'search-mode' }, MODES.map(([value, words]) => el('option', { value }, words)));
    const form = el('form', { class: 'search-form', role: 'search', 'aria-label': 'The collection' },
      el('label', { class: 'grow', for: 'search-query' }, 'Search the collection', this.query),
      el('label', { for: 'search-mode' }, 'How', this.mode),
      el('button', { type: 'submit', class: 'primary' }, 'Search'));
    form.addEventListener('submit', event => {
      event.preventDefault();
      this.#run();
    });
    this.words = el('p', { class: 'search-words', role: 'status' });
    this.hits = el('ol', { class: 'hits' });
    root.append(form, this.words, this.hits);
  }

  async #run() {
    const query = this.query.value.trim();
    if (!query) return;
    this.#abort?.abort();
    const { signal } = (this.#abort = new AbortController());
    text(this.words, 'Searching…');
    attribute(this.hits, 'aria-busy', 'true');
    try {
      const answer = await get('search', { q: query, mode: this.mode.value, job: this.job(), limit: 10 }, signal);
      if (signal.aborted) return;
      text(this.words, answer.hits.length === 0
        ? `Nothing answers “${answer.query}”. The collection may be empty still.`
        : `${plural(answer.hits.length, 'result')} in ${latency(answer.seconds)}, by ${answer.mode} search.`);
      this.hits.replaceChildren(...answer.hits.map(hit));
    } catch (error) {
      if (signal.aborted) return;
      text(this.words, error.message);
      this.hits.replaceChildren();
    } finally {
      attribute(this.hits, 'aria-busy', null);
    }
  }
}

function hit({ place, score, title, headings, text: words, uri }) {
  const path = [...new Set([title, ...headings].filter(Boolean))].join(' › ');
  return el('li', { class: 'hit' },
    el('p', { class: 'hit-score' }, el('span', { class: 'unseen' }, 'Score '), score.toFixed(score < 10 ? 3 : 1)),
    el('div', {},
      el('p', { class: 'letter-place', title: uri }, place),
      path && el('p', { class: 'small' }, path),
      el('p', { class: 'hit-text' }, words)));
}
