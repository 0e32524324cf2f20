// The page: one state, fed by the stream of events, drawn at most once a frame.

import { get, setToken, token, ApiError } from './api.js';
import { announce, toast } from './announce.js';
import { Charts } from './charts.js';
import { Connection } from './connection.js';
import { DeadLetters } from './dead.js';
import { askToken } from './dialog.js';
import { byId, show, text } from './dom.js';
import { JobsTable } from './jobs.js';
import { NodesTable } from './nodes.js';
import { headline, showNow } from './now.js';
import { PipelineDrawing } from './pipeline.js';
import { plural } from './format.js';
import { Search } from './search.js';
import { StagesTable } from './stages.js';
import { State } from './state.js';
import { followSections } from './tabs.js';
import * as theme from './theme.js';

const REFRESH = 3_000; // Progress of jobs and figures of nodes, which come as events only when their state changes.

const state = new State();
const drawing = new PipelineDrawing(byId('drawing'));
const stages = new StagesTable(byId('stages'));
const nodes = new NodesTable(byId('nodes-body'));
const jobs = new JobsTable(byId('jobs-body'));
const dead = new DeadLetters(byId('dead-body'));
let charts = null;
let drawn = false;

new Search(byId('search-body'), () => state.jobOfCluster());
const connection = new Connection(onEvent, onConnection);

theme.apply();
nameTheme();
byId('theme').addEventListener('click', () => {
  theme.next();
  nameTheme();
});
byId('retry').addEventListener('click', () => connection.again());
byId('token').addEventListener('click', () => askForToken(''));
followSections();
connection.run();
setInterval(refresh, REFRESH);

function onConnection(kind, words) {
  document.body.dataset.connection = kind;
  text(byId('connection-words'), { connecting: 'Connecting…', live: 'Live', lost: 'Disconnected', denied: 'Token needed' }[kind]);
  show(byId('banner'), kind === 'lost');
  show(byId('retry'), kind === 'lost');
  if (kind === 'lost') {
    text(byId('banner-words'), `Disconnected. ${words}${state.overview ? ' What is shown below is the last that was known.' : ''}`);
    announce('connection', 'Disconnected. The page tries to connect again.', true);
  } else if (kind === 'live') {
    announce('connection', 'Connected.', true);
    begin();
  } else if (kind === 'denied') {
    const wrong = token() !== null;
    setToken(null);
    askForToken(wrong ? words : '');
  }
}

/** After each connect: who may what, and all lists. */
async function begin() {
  try {
    state.access = await get('access');
    document.body.dataset.control = state.control ? 'yes' : 'no';
    show(byId('token'), state.access.needsToken);
    text(byId('foot'), `Sluice ${state.access.program}. ${state.control ? '' : 'This token may only look. '}`);
    await refresh();
  } catch (error) {
    failed(error);
  }
}

async function refresh() {
  if (!state.access || document.body.dataset.connection !== 'live' || document.hidden) return;
  try {
    const [nodeList, jobList] = await Promise.all([get('nodes'), get('jobs')]);
    state.setNodes(nodeList.items);
    state.setJobs(jobList.items);
    await jobs.refresh();
    draw();
  } catch (error) {
    failed(error);
  }
}

function onEvent({ name, data }) {
  if (name === 'overview') {
    state.setOverview(JSON.parse(data));
    charts ??= new Charts(byId('charts'), state.overview.mode === 'cluster');
    charts.add(state.overview, state.nodesMemory());
  } else if (name === 'job') {
    state.setJob(JSON.parse(data));
  } else if (name === 'node') {
    const node = JSON.parse(data);
    state.setNode(node);
    if (node.state === 'lost') announce(`node ${node.id}`, `Node ${node.id} is lost.`, true);
  }
  draw();
}

function draw() {
  if (drawn) return;
  drawn = true;
  requestAnimationFrame(() => {
    drawn = false;
    render();
  });
}

function render() {
  const { overview, control } = state;
  if (!overview) return;
  const silentSeconds = state.silentSeconds();
  text(byId('where'), where(overview));
  showNow(overview, { silentSeconds, control });
  drawing.update(overview.pipeline);
  stages.update(overview.pipeline);
  nodes.update(state.nodes, state.now(), control);
  jobs.update(state.jobs, state.now(), control);
  dead.update(overview, state.jobOfCluster(), control);
  tell(overview, silentSeconds);
}

function where({ mode, nodes: counts, pipeline }) {
  const place = mode === 'cluster' ? `Cluster of ${plural(counts.total, 'node')}` : 'One machine';
  const model = pipeline.model ? `, ${pipeline.model.name} on ${pipeline.model.device}` : '';
  return `${place}${model}${pipeline.sinks.length > 0 ? `, into ${pipeline.sinks.map(sink => nameOf(sink)).join(', ')}` : ''}`;
}

/** A database in few words: a file by its name alone. */
function nameOf({ name, kind }) {
  const bare = name.split('?')[0];
  return kind === 'sqlite' ? bare.replace(/^sqlite:.*[\\/]/, 'sqlite:') : bare;
}

/** What has changed for the person; the figures are left out. */
function tell(overview, silentSeconds) {
  const key = `${overview.state} ${overview.pipeline.limit.stage} ${silentSeconds !== null}`;
  if (key === state.told) return;
  state.told = key;
  announce('state', `${overview.state}. ${headline(overview, silentSeconds)}`);
}

function askForToken(words) {
  askToken(words, value => {
    setToken(value);
    connection.restart();
  }, token() !== null);
  show(byId('token'), true);
}

function failed(error) {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 401) connection.restart();
  else if (error.status !== 0) toast(error.message, 'error');
}

function nameTheme() {
  text(byId('theme'), `Colours: ${theme.chosen()}`);
}
