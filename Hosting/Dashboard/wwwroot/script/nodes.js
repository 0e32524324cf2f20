// Nodes: what they do, how they are, and letting one leave.

import { attribute, byId, el, keyed, show, text } from './dom.js';
import { ago, amount, bytes, percent, rate } from './format.js';
import { drain } from './actions.js';
import { buttons, fillTable, table } from './table.js';

const COLUMNS = [
  { title: 'Node' }, { title: 'State' }, { title: 'Roles' }, { title: 'Device' }, { title: 'Parsed/s', number: true }, { title: 'Embedded/s', number: true },
  { title: 'Stored/s', number: true }, { title: 'Memory', number: true }, { title: 'Heard', number: true }, { title: 'Queues', wide: true }, { title: 'Control', unseen: true },
];
const GONE = new Set(['lost', 'left']);

export class NodesTable {
  constructor(root) {
    this.table = table('Nodes', COLUMNS);
    this.empty = el('p', { class: 'empty' }, 'No node is known yet.');
    root.append(this.empty, this.table.element);
  }

  /** @param {object[]} nodes @param {number} now milliseconds, by the server's clock @param {boolean} control */
  update(nodes, now, control) {
    show(this.empty, nodes.length === 0);
    show(this.table.element, nodes.length > 0);
    const gone = nodes.filter(node => GONE.has(node.state)).length;
    text(byId('tab-nodes'), gone > 0 ? `${nodes.length - gone} of ${nodes.length}` : String(nodes.length || ''));
    fillTable(this.table, nodes, node => node.id, (node, cells, row) => {
      const isGone = GONE.has(node.state);
      attribute(row, 'data-faded', isGone ? 'yes' : 'no');
      attribute(row, 'data-node', node.id);
      cells[0].classList.add('wrap');
      text(part(cells[0], 'span', 0), node.id);
      text(part(cells[0], 'span', 1, 'small'), `version ${node.program}${node.protocol ? `, protocol ${node.protocol}` : ''}`);
      const chip = part(cells[1], 'span', 0, 'chip');
      attribute(chip, 'data-state', node.state);
      text(chip, node.state);
      text(cells[2], node.roles.join(', ') || '–');
      text(cells[3], node.device ?? '–');
      text(cells[4], isGone ? '–' : rate(node.chunksParsedPerSecond));
      text(cells[5], isGone ? '–' : rate(node.chunksEmbeddedPerSecond));
      text(cells[6], isGone ? '–' : rate(node.vectorsStoredPerSecond));
      text(cells[7], isGone ? '–' : bytes(node.memoryBytes));
      this.#queues(cells[9], isGone ? [] : node.queues);
      text(cells[8], ago(Math.max(0, (now - Date.parse(node.lastHeartbeat)) / 1000)));
      buttons(cells[10], control && node.canDrain ? [{ verb: 'drain', label: 'Drain', hint: node.id, act: () => drain(node) }] : []);
    });
  }

  #queues(cell, queues) {
    const list = part(cell, 'ul', 0, 'queues');
    keyed(list, queues, queue => queue.name,
      queue => el('li', { class: 'queue' }, el('span', {}, queue.name), el('span', { class: 'bar', 'aria-hidden': 'true' }, el('span')), el('span', { class: 'unseen' })),
      (item, queue) => {
        const share = queue.bound > 0 ? queue.fill / queue.bound : 0;
        item.children[1].firstElementChild.style.width = `${Math.min(100, share * 100)}%`;
        text(item.children[2], `${percent(share)} full`);
        attribute(item, 'title', `${amount(queue.fill, queue.unit)} of ${amount(queue.bound, queue.unit)}`);
      });
  }
}

/** The nth child of a cell, made when it is not there. */
function part(cell, name, index, kind = null) {
  while (cell.children.length <= index) cell.append(el(name, { class: kind }));
  return cell.children[index];
}
