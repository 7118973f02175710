// What became of a task, told to the page. A word to a server that is away is lost, and Streamlit does not run a page
// again when it is back: so it is said until it is heard.

import { freshKey } from "./drawing.js";

const AGAIN = 3000; // ms
const LONGER = 1.5; // each time: every word makes a page that is slow begin anew

export class Word {
  #word = null;
  #timer = null;

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
    this.#timer = setTimeout(() => this.#tell(pause * LONGER), pause);
  }

  /** The page says which word it has heard last. */
  heard(id) {
    if (this.#word?.id === id) this.drop();
  }

  drop() {
    clearTimeout(this.#timer);
    this.#word = null;
  }
}
