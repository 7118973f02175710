// What is not saved yet, kept in this browser at every change and, coarsely, on the server: it survives a
// reload, a lost connection and a restart of either side.

const PREFIX = "maa.draft.";
const EVERY = 3000; // ms between two copies on the server

/** As text, to compare by: the time alone is no news. */
const timeless = (draft) => JSON.stringify(draft && { ...draft, at: 0 });

export class Drafts {
  #timer = null;
  #sent = "null"; // what the server has
  #now = null;

  /** `storage` like localStorage; `send(draft, leaving)` keeps a copy on the server. `clock` in ms. */
  constructor({ task, person, storage, send, clock = () => Date.now() }) {
    Object.assign(this, { name: `${PREFIX}${person}.${task}`, storage, send, clock });
  }

  /** Keep `draft` (plain values), or nothing when null. */
  keep(draft) {
    this.#now = draft && { ...draft, at: this.clock() };
    try {
      if (draft) this.storage.setItem(this.name, JSON.stringify(this.#now));
      else this.storage.removeItem(this.name);
    } catch {
      // Full or forbidden: the server's copy remains.
    }
    this.#timer ??= setTimeout(() => this.flush(), EVERY);
  }

  /** Send the server's copy now. `leaving`: with the page. */
  async flush(leaving = false) {
    clearTimeout(this.#timer);
    this.#timer = null;
    const text = timeless(this.#now);
    if (text === this.#sent) return;
    try {
      await this.send(this.#now, leaving);
      this.#sent = text;
    } catch {
      // The next change tries again; the browser has it.
    }
  }

  /** The newer of the browser's and the server's copy, or null. `fromServer`: what it has now. */
  newest(fromServer) {
    this.#sent = timeless(fromServer ?? null);
    let here = null;
    try {
      here = JSON.parse(this.storage.getItem(this.name) ?? "null");
    } catch {
      // Damaged: as if there were none.
    }
    if (here && fromServer) return (fromServer.at ?? 0) > (here.at ?? 0) ? fromServer : here;
    return here ?? fromServer ?? null;
  }

  /** Whether somebody else has written on the task since a draft was kept. `others`: how often that was so far. */
  static isOvertaken(draft, others = 0) {
    return Boolean(draft) && others > (draft.others ?? others);
  }

  /** The image is off the desk: the browser's copy goes, and the server has dropped its own. */
  forget() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#now = null;
    this.#sent = "null";
    try {
      this.storage.removeItem(this.name);
    } catch {
      // It was never written, then.
    }
  }
}
