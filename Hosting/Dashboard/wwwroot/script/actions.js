// What a person may do, with the question before it and the outcome after it.

import { post } from './api.js';
import { choose, confirm } from './dialog.js';
import { toast } from './announce.js';
import { plural } from './format.js';

const CANCEL = 'It stops cleanly: what is stored stays, and the same job submitted again goes on from there.';

/** Controls of a job by its state, in the order of the buttons. */
export function jobControls(job) {
  const active = ['queued', 'running', 'pausing', 'paused'].includes(job.state);
  if (!active) return job.canResume ? [{ verb: 'resume', label: 'Resume' }] : [];
  const pausable = job.state === 'running' || job.state === 'queued';
  return [
    pausable && job.wish === 'run' ? { verb: 'pause', label: 'Pause' } : { verb: 'resume', label: 'Resume' },
    { verb: 'cancel', label: 'Cancel', danger: true },
  ];
}

/** Asks a job to pause, go on or end. @returns {Promise<object|null>} the job as it stands; null when nothing was done */
export async function controlJob(job, verb) {
  if (verb === 'cancel' && !(await confirm(`Cancel job ${job.id}?`, `${job.name}. ${CANCEL}`, 'Cancel the job'))) return null;
  if (verb === 'resume' && job.withheld > 0) return resumeWithheld(job);
  const said = { pause: 'pauses: what is under way is finished first', resume: 'goes on', cancel: 'stops' };
  return run(() => post(`jobs/${job.id}/${verb}`), () => `Job ${job.id} ${said[verb]}.`);
}

/** A job that stopped before a large removal: whether that is meant is asked first. */
async function resumeWithheld(job) {
  const gone = plural(job.withheld, 'document');
  const answer = await choose(`Resume job ${job.id}?`,
    `${gone} that the source had before are gone, and the job has stopped before it removed them. If they are meant to be gone, let it remove them; if not, bring them back and look again.`,
    [{ value: '', label: 'Look again' }, { value: '?prune=true', label: `Remove ${gone}`, danger: true }]);
  return answer === null ? null : run(() => post(`jobs/${job.id}/resume${answer}`), () => `Job ${job.id} goes on.`);
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
