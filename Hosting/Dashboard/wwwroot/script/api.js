// The HTTP API of the server that sent this page: docs/api.md.

const ROOT = new URL('../api/v1/', import.meta.url);
const TOKEN = 'sluice.token';
const PATIENCE = 15_000;

/** What went wrong, in the server's words. */
export class ApiError extends Error {
  /** @param {number} status 0 when there was no answer @param {string} message words for a person */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The token of this tab; null for none. It is kept until the tab is closed. */
export function token() {
  return sessionStorage.getItem(TOKEN);
}

/** Keeps a token, or with null forgets it. */
export function setToken(value) {
  if (value) sessionStorage.setItem(TOKEN, value);
  else sessionStorage.removeItem(TOKEN);
}

/** GET. Parameters that are null or empty are left out. @throws {ApiError} */
export async function get(path, parameters = {}, signal = undefined) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== '') url.searchParams.set(name, value);
  }
  return (await send(url, { signal: patient(signal) })).json();
}

/** POST. @throws {ApiError} */
export async function post(path, body = undefined) {
  const answer = await send(new URL(path, ROOT), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: patient(undefined),
  });
  return answer.json();
}

/** Opens the stream of events. @throws {ApiError} */
export async function stream(lastEvent, signal) {
  const headers = { Accept: 'text/event-stream' };
  if (lastEvent) headers['Last-Event-ID'] = lastEvent;
  return (await send(new URL('events', ROOT), { headers, signal })).body;
}

async function send(url, options) {
  const headers = new Headers(options.headers);
  const key = token();
  if (key) headers.set('Authorization', `Bearer ${key}`);
  let answer;
  try {
    answer = await fetch(url, { ...options, headers, cache: 'no-store', credentials: 'omit' });
  } catch (error) {
    if (options.signal?.aborted && error.name === 'AbortError') throw error;
    throw new ApiError(0, error.name === 'TimeoutError' ? 'The server did not answer within 15 seconds.' : 'The server does not answer.');
  }
  if (answer.ok) return answer;
  throw new ApiError(answer.status, await words(answer));
}

async function words(answer) {
  try {
    const problem = await answer.json();
    return problem.detail || problem.title || `The server answered ${answer.status}.`;
  } catch {
    return `The server answered ${answer.status} ${answer.statusText}.`;
  }
}

function patient(signal) {
  const limit = AbortSignal.timeout(PATIENCE);
  return signal ? AbortSignal.any([signal, limit]) : limit;
}
