// The accounting equation, checked here once more: discovered = indexed + unchanged + skipped + dead + pending.

import { count } from './format.js';

/** @param {object} documents of the API @returns {{ terms: { name: string, value: number }[], balances: boolean, verdict: string }} */
export function account(documents) {
  const terms = ['discovered', 'indexed', 'unchanged', 'skipped', 'dead', 'pending'].map(name => ({ name, value: documents[name] }));
  const sum = terms.slice(1).reduce((total, term) => total + term.value, 0);
  const off = documents.discovered - sum;
  const balances = off === 0 && documents.balances;
  const verdict = balances ? '✓ adds up' : off === 0 ? '✗ the server says it does not add up' : `✗ does not add up: ${count(Math.abs(off))} ${off > 0 ? 'unaccounted for' : 'too many'}`;
  return { terms, balances, verdict };
}
