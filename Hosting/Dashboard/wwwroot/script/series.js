// Values over time in bounded memory.

/**
 * Points of several lines over the same times. When `limit` points are held, each two neighbours become one, so that the whole
 * time since the beginning stays, ever coarser, and memory does not grow.
 */
export class Series {
  /** @param {number} lines how many lines @param {number} limit most points held, even */
  constructor(lines, limit = 720) {
    this.limit = limit;
    this.every = 1; // samples in a point
    this.#gathered = 0;
    this.data = Array.from({ length: lines + 1 }, () => []);
    this.#sums = new Array(lines).fill(0);
    this.#counts = new Array(lines).fill(0);
  }

  #gathered;
  #sums;
  #counts;

  /** How many points there are. */
  get length() {
    return this.data[0].length;
  }

  /** Adds a sample. @param {number} time seconds since 1970, later than those before @param {(number|null)[]} values one a line */
  add(time, values) {
    if (this.length > 0 && time <= this.data[0][this.length - 1]) return;
    values.forEach((value, line) => {
      if (typeof value === 'number' && Number.isFinite(value)) {
        this.#sums[line] += value;
        this.#counts[line]++;
      }
    });
    if (++this.#gathered < this.every) return;
    this.data[0].push(time);
    this.#sums.forEach((sum, line) => this.data[line + 1].push(this.#counts[line] > 0 ? sum / this.#counts[line] : null));
    this.#forget();
    if (this.length >= this.limit) this.#halve();
  }

  /** Removes everything. */
  clear() {
    for (const line of this.data) line.length = 0;
    this.every = 1;
    this.#forget();
  }

  #forget() {
    this.#gathered = 0;
    this.#sums.fill(0);
    this.#counts.fill(0);
  }

  #halve() {
    this.data = this.data.map((line, index) => {
      const half = [];
      for (let i = 0; i + 1 < line.length; i += 2) half.push(index === 0 ? line[i + 1] : mean(line[i], line[i + 1]));
      return half;
    });
    this.every *= 2;
  }
}

function mean(a, b) {
  if (a === null) return b;
  return b === null ? a : (a + b) / 2;
}
