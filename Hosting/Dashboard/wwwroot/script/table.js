// Tables that become cards on narrow screens and stay tables for screen readers.

import { attribute, el, keyed } from './dom.js';

/**
 * Makes an empty table.
 * @param {string} caption what it is, for those who do not see the heading
 * @param {{ title: string, number?: boolean, unseen?: boolean, wide?: boolean }[]} columns the first one names the row; a wide one has a line of its own in a card
 */
export function table(caption, columns) {
  const head = el('tr', { role: 'row' }, columns.map(column =>
    el('th', { role: 'columnheader', scope: 'col', class: column.number ? 'number' : null }, column.unseen ? el('span', { class: 'unseen' }, column.title) : column.title)));
  const body = el('tbody', { role: 'rowgroup' });
  const element = el('table', { role: 'table', class: 'cards', hidden: true }, el('caption', { class: 'unseen' }, caption), el('thead', { role: 'rowgroup' }, head), body);
  return { element, body, columns };
}

/**
 * Fills a table; rows are kept while their key is kept.
 * @param {(item) => string} keyOf
 * @param {(item, cells: HTMLElement[]) => void} update fills the cells of a row
 */
export function fillTable({ body, columns }, items, keyOf, update) {
  keyed(body, items, keyOf, () => row(columns), (child, item) => update(item, [...child.children], child));
}

function row(columns) {
  return el('tr', { role: 'row' }, columns.map((column, index) => {
    const cell = index === 0 ? el('th', { role: 'rowheader', scope: 'row' }) : el('td', { role: 'cell' });
    if (index > 0) attribute(cell, column.unseen ? 'data-actions' : 'data-label', column.title);
    if (column.wide) attribute(cell, 'data-wide', true);
    if (column.number) cell.className = 'number';
    return cell;
  }));
}

/** Makes or keeps the buttons of a cell: `[{ verb, label, danger, act }]`. */
export function buttons(cell, list) {
  let box = cell.querySelector('.row-actions');
  if (!box) {
    box = el('div', { class: 'row-actions' });
    cell.replaceChildren(box);
  }
  keyed(box, list, one => one.verb, one => el('button', { type: 'button', class: one.danger ? 'danger' : null, onclick: event => event.currentTarget.act() }), (button, one) => {
    button.act = one.act;
    attribute(button, 'aria-expanded', one.expanded === undefined ? null : String(one.expanded));
    if (button.textContent !== one.label) button.replaceChildren(one.label, one.hint ? el('span', { class: 'unseen' }, ` ${one.hint}`) : '');
  });
}
