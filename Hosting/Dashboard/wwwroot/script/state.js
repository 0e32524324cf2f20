// What is known, in bounded memory.

const STALL = 30_000;
const MOST_JOBS = 200;
const MOST_NODES = 1_000;

export class State {
  access = null;
  overview = null;
  nodes = [];
  jobs = [];
  told = '';

  #moved = { sum: -1, at: 0 };
  #ahead = 0;

  /** Whether the person may change something. */
  get control() {
    return this.access?.access === 'control';
  }

  setOverview(overview) {
    this.overview = overview;
    this.#ahead = Date.parse(overview.at) - Date.now();
    const { documents, chunks, job } = overview;
    const sum = `${job?.id} ${overview.state} ${documents.discovered} ${documents.pending} ${chunks.parsed} ${chunks.embedded} ${chunks.stored} ${chunks.deleted}`;
    if (sum !== this.#moved.sum) this.#moved = { sum, at: performance.now() };
  }

  setNodes(nodes) {
    this.nodes = nodes.slice(0, MOST_NODES);
  }

  setJobs(jobs) {
    this.jobs = jobs.slice(0, MOST_JOBS);
  }

  setNode(node) {
    this.nodes = [...this.nodes.filter(one => one.id !== node.id), node].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true })).slice(-MOST_NODES);
  }

  setJob(job) {
    this.jobs = [...this.jobs.filter(one => one.id !== job.id), job].sort((a, b) => b.id - a.id).slice(0, MOST_JOBS);
  }

  /** The server's time, in milliseconds. */
  now() {
    return Date.now() + this.#ahead;
  }

  /** For how long a running job has done nothing at all; null while it moves, or less than half a minute passed. */
  silentSeconds() {
    if (this.overview?.state !== 'running') return null;
    const silence = performance.now() - this.#moved.at;
    return silence >= STALL ? silence / 1000 : null;
  }

  /** Memory of all nodes that are there; null on one machine. */
  nodesMemory() {
    if (this.overview?.mode !== 'cluster' || this.nodes.length === 0) return null;
    return this.nodes.filter(node => node.state !== 'lost' && node.state !== 'left').reduce((sum, node) => sum + node.memoryBytes, 0);
  }

  /** The job whose database is meant in a cluster; null on one machine. */
  jobOfCluster() {
    return this.overview?.mode === 'cluster' ? (this.overview.job?.id ?? null) : null;
  }
}
