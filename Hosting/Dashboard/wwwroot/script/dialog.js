// Questions before something is done, and the question for a token.

import { el, show, text } from './dom.js';

/**
 * Asks before something that cannot be undone.
 * @returns {Promise<boolean>} whether to do it
 */
export async function confirm(title, words, action) {
  return (await choose(title, words, [{ value: true, label: action }])) ?? false;
}

/**
 * Asks which of several things to do.
 * @param {{value: any, label: string, danger?: boolean}[]} choices
 * @returns {Promise<any>} the value of the one that was chosen; null for none
 */
export function choose(title, words, choices) {
  return new Promise(resolve => {
    let answer = null;
    const dialog = el('dialog', { 'aria-labelledby': 'dialog-title' },
      el('h2', { id: 'dialog-title' }, title),
      el('p', {}, words),
      el('div', { class: 'buttons' },
        el('button', { type: 'button', onclick: () => dialog.close() }, 'Leave it'),
        choices.map(({ value, label, danger }) => el('button', { type: 'button', class: danger ? 'danger' : 'primary', onclick: () => { answer = value; dialog.close(); } }, label))));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

let asking = null;

/**
 * Asks for a token. While it is open, calling again only shows the new words.
 * @param {string} words why
 * @param {(token: string|null) => void} use null forgets the one there is
 * @param {boolean} known whether a token is in use
 */
export function askToken(words, use, known) {
  if (asking) {
    text(asking.problem, words);
    show(asking.problem, true);
    return;
  }
  const input = el('input', { type: 'password', id: 'token-field', autocomplete: 'off', spellcheck: 'false', 'aria-describedby': 'token-problem' });
  const problem = el('p', { class: 'problem', id: 'token-problem', role: 'alert', hidden: !words }, words);
  const done = value => {
    dialog.close();
    use(value);
  };
  const form = el('form', {},
    el('h2', { id: 'token-title' }, 'A token is needed'),
    el('p', {}, 'Whoever runs Sluice has it: SLUICE_API_TOKEN may do everything, SLUICE_API_READ_TOKEN may only look. It stays in this tab until the tab is closed.'),
    el('label', { for: 'token-field' }, 'Token', input),
    problem,
    el('div', { class: 'buttons' },
      el('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
      known && el('button', { type: 'button', onclick: () => done(null) }, 'Forget it'),
      el('button', { type: 'submit', class: 'primary' }, 'Use it')));
  form.addEventListener('submit', event => {
    event.preventDefault();
    const value = input.value.trim();
    if (/^[A-Za-z0-9\-._~+/=]{16,256}$/.test(value)) {
      done(value);
    } else {
      text(problem, 'A token has 16 to 256 characters of A-Z a-z 0-9 - . _ ~ + / =');
      show(problem, true);
      input.focus();
    }
  });
  const dialog = el('dialog', { 'aria-labelledby': 'token-title' }, form);
  dialog.addEventListener('close', () => {
    asking = null;
    dialog.remove();
  });
  asking = { problem };
  document.body.append(dialog);
  dialog.showModal();
  input.focus();
}
