// Keeps the stream of events open: connects, notices silence, connects again, ever more slowly.

import { stream, ApiError } from './api.js';
import { readEvents } from './events.js';

const SILENCE = 20_000; // The server says something at least every 15 seconds.
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;

export class Connection {
  /**
   * @param {(event) => void} onEvent
   * @param {(state: 'connecting'|'live'|'lost'|'denied', words: string) => void} onState
   */
  constructor(onEvent, onState) {
    this.onEvent = onEvent;
    this.onState = onState;
    this.pause = FIRST_PAUSE;
  }

  lastEvent = '';
  #abort = null;
  #wake = null;
  #restarting = false;

  /** Runs for as long as the page is open. */
  async run() {
    for (;;) {
      const reason = await this.#once();
      if (this.#restarting) {
        this.#restarting = false;
      } else if (reason.status === 401) {
        this.onState('denied', reason.message);
        await new Promise(resolve => (this.#wake = resolve));
        this.#wake = null;
      } else {
        await this.#wait(reason.message);
      }
      this.onState('connecting', 'Connecting…');
    }
  }

  /** Tries now instead of later. */
  again() {
    this.#wake?.();
  }

  /** Ends the stream, so that it begins anew: with another token. */
  restart() {
    if (this.#wake) {
      this.#wake();
    } else {
      this.#restarting = true;
      this.#abort?.abort();
    }
  }

  async #once() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    let silence;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => this.#abort.abort(), SILENCE);
    };
    heard();
    try {
      const body = await stream(this.lastEvent, signal);
      let open = false;
      await readEvents(body, event => {
        if (event.id) this.lastEvent = event.id;
        if (!open) {
          open = true;
          this.pause = FIRST_PAUSE;
          this.onState('live', 'Live');
        }
        this.onEvent(event);
      }, heard);
      return new ApiError(0, 'The server closed the connection.');
    } catch (error) {
      if (error instanceof ApiError) return error;
      return new ApiError(0, signal.aborted ? 'The server fell silent.' : 'The connection broke.');
    } finally {
      clearTimeout(silence);
    }
  }

  async #wait(words) {
    let left = Math.round(this.pause / 1000);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    let woken = false;
    while (left > 0 && !woken) {
      this.onState('lost', `${words} Trying again in ${left} s.`);
      woken = await new Promise(resolve => {
        const timer = setTimeout(() => resolve(false), 1000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
      left--;
    }
    this.#wake = null;
  }
}
