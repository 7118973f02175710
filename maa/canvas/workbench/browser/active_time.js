// How long a person was really at work: as maa/workflow/activity.py counts it.

/** Seconds; a longer gap between two deeds was a pause of unknown length and counts nothing. */
export const IDLE_CUTOFF = 30;

export class ActiveTime {
  #last = null;
  seconds = 0;

  touch(now) {
    if (this.#last !== null && now >= this.#last && now - this.#last <= IDLE_CUTOFF) this.seconds += now - this.#last;
    this.#last = now;
  }

  /** The next object begins at zero; the gap that is open now belongs to it. */
  restart() {
    this.seconds = 0;
  }

  /** Begin at zero with nothing open: what came before belongs to nothing. */
  clear() {
    this.seconds = 0;
    this.#last = null;
  }
}
