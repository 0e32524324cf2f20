// What a person may do, with the question before it and the outcome after it.

import { post } from './api.js';
import { confirm } from './dialog.js';
import { toast } from './announce.js';

const CANCEL = 'It stops cleanly: what is stored stays, and the same job submitted again goes on from there.';

/** Controls of a job by its state, in the order of the buttons. */
export function jobControls(job) {
  const active = ['queued', 'running', 'pausing', 'paused'].includes(job.state);
  if (!active) return [];
  const pausable = job.state === 'running' || job.state === 'queued';
  return [
    pausable && job.wish === 'run' ? { verb: 'pause', label: 'Pause' } : { verb: 'resume', label: 'Resume' },
    { verb: 'cancel', label: 'Cancel', danger: true },
  ];
}

/** Asks a job to pause, go on or end. @returns {Promise<object|null>} the job as it stands; null when nothing was done */
export async function controlJob(job, verb) {
  if (verb === 'cancel' && !(await confirm(`Cancel job ${job.id}?`, `${job.name}. ${CANCEL}`, 'Cancel the job'))) return null;
  const said = { pause: 'pauses: what is under way is finished first', resume: 'goes on', cancel: 'stops' };
  return run(() => post(`jobs/${job.id}/${verb}`), () => `Job ${job.id} ${said[verb]}.`);
}

/** Tries all dead letters of a job's database again. */
export function replayJob(job) {
  return run(() => post(`jobs/${job.id}/replay`), answer => answer.message);
}

/** Tries dead letters again. @param {object} request one of letters, reason, all @param {number|null} job whose database */
export function replay(request, job) {
  const path = job === null ? 'dead-letters/replay' : `dead-letters/replay?job=${job}`;
  return run(() => post(path, { letters: null, reason: null, all: false, ...request }), answer => answer.message);
}

/** Lets a node finish and leave. */
export async function drain(node) {
  const words = 'It takes nothing more, finishes what it has, hands its partitions over, leaves and ends. Start it again to have it back.';
  if (!(await confirm(`Drain ${node.id}?`, words, 'Drain the node'))) return null;
  return run(() => post(`nodes/${encodeURIComponent(node.id)}/drain`), () => `${node.id} is leaving.`);
}

async function run(act, words) {
  try {
    const answer = await act();
    toast(words(answer));
    return answer;
  } catch (error) {
    toast(error.message, 'error');
    return null;
  }
}
