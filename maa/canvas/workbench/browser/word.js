// What became of a task, told to the page. A word to a server that is away is lost, and Streamlit does not run a page
// again when it is back: so it is said until it is heard.

import { freshKey } from "./drawing.js";

const AGAIN = 3000; // ms
const LONGER = 1.5; // each time: every word makes a page that is slow begin anew
const MAX_PAUSE = 15000; // ms

export class Word {
  #word = null;
  #timer = null;
  #closed = false;

  /** `send({how, id, ...})` says it to the page once. */
  constructor(send) {
    this.send = send;
  }

  /** How the task left the desk; with `taken_back`, which task `of` is meant. */
  say(how, of) {
    if (this.#word?.how !== how || this.#word.of !== of) this.#word = { how, of, id: freshKey() };
    this.#tell(AGAIN);
  }

  #tell(pause) {
    clearTimeout(this.#timer);
    this.send(this.#word);
    if (!this.#closed) this.#timer = setTimeout(() => this.#tell(Math.min(pause * LONGER, MAX_PAUSE)), pause);
  }

  /** The page says which word it has heard last. */
  heard(id) {
    if (this.#word?.id === id) this.#drop();
  }

  /** The bench is gone, and nobody tells it what was heard: a word that still comes is said once. */
  close() {
    this.#closed = true;
    this.#drop();
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#word = null;
  }
}
