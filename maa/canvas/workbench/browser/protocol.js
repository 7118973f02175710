// Talking with the server: calls, the newest question first, and saves that outlive a lost connection.

export class CallError extends Error {
  /** `kind`: the server's word for what went wrong, or "network". */
  constructor(kind, message, status = 0) {
    super(message);
    this.kind = kind;
    this.status = status;
  }

  /** Trying the same again later may help. */
  get passing() {
    return this.kind === "network" || this.kind === "internal";
  }
}

/** Characters: browsers let no more than 64 KiB of requests outlive their page. */
const MOST_KEPT_ALIVE = 15_000;

/** Calls of one task, in the name of one browser tab. */
export class Server {
  constructor({ base, pass, tab, fetch = (...given) => globalThis.fetch(...given), patience = 20000 }) {
    Object.assign(this, { base, pass, tab, fetch, patience });
    this.bytes = 0;
  }

  async call(name, body = {}, { keepalive = false } = {}) {
    const text = JSON.stringify({ tab: this.tab, ...body });
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), this.patience);
    let response, answer;
    try {
      response = await this.fetch(`${this.base}/workbench/${name}`, {
        method: "POST", body: text, keepalive: keepalive && text.length < MOST_KEPT_ALIVE, signal: stop.signal, cache: "no-store", credentials: "same-origin",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.pass}` },
      });
      const said = await response.text();
      this.bytes += text.length + said.length;
      answer = said ? JSON.parse(said) : {};
    } catch {
      throw new CallError("network", "The server does not answer. Your work is kept here and will be sent again.");
    } finally {
      clearTimeout(timer);
    }
    if (!response.ok) {
      const kind = answer.kind ?? (response.status >= 500 ? "internal" : "invalid");
      throw new CallError(kind, answer.error ?? `The server answered with ${response.status}.`, response.status);
    }
    return answer;
  }

  tile(image, level, column, row) {
    return `${this.base}/images/${image}/${level}/${column}-${row}.jpg?pass=${encodeURIComponent(this.pass)}`;
  }
}

/** Questions to the model: one at a time, and when it has been answered only the newest of those that came
 * meanwhile. So a fast hand never builds a queue, and the last question asked is always answered. */
export class Asker {
  #busy = false;
  #next = null;

  /** `ask(question)` resolves with the answer; `tell(question, answer, error)` hears of each in order. */
  constructor(ask, tell) {
    Object.assign(this, { ask, tell });
  }

  get busy() {
    return this.#busy;
  }

  put(question) {
    if (this.#busy) this.#next = question;
    else this.#run(question);
  }

  async #run(question) {
    this.#busy = true;
    for (let now = question; now; ) {
      let answer = null, error = null;
      try {
        answer = await this.ask(now);
      } catch (problem) {
        error = problem;
      }
      const asked = now;
      now = this.#next;
      this.#next = null;
      if (!now) this.#busy = false;
      this.tell(asked, answer, error);
    }
  }
}

/** Saves, deletes and restores in the order they were made. One that fails for a passing reason is sent again
 * until it gets through; one that is refused is reported and the rest goes on. */
export class Outbox {
  #running = false;
  #wakeUp = null;

  /** `send(op)` resolves with the server's answer; `done(op, answer)` and `refused(op, error)` hear of it;
   * `changed()` after each change of `waiting` or `stuck`. */
  constructor({ send, done, refused, changed, pause = 1500 }) {
    Object.assign(this, { send, done, refused, changed, pause });
    this.waiting = [];
    /** Why the first op does not get through just now, or null. */
    this.stuck = null;
    this.idle = Promise.resolve();
  }

  push(op) {
    this.waiting.push(op);
    this.changed();
    if (!this.#running) this.idle = this.#run();
  }

  /** Try at once instead of after the pause. */
  hurry() {
    this.#wakeUp?.();
  }

  async #run() {
    this.#running = true;
    while (this.waiting.length) {
      const op = this.waiting[0];
      try {
        const answer = await this.send(op);
        this.waiting.shift();
        this.stuck = null;
        this.done(op, answer);
      } catch (error) {
        if (error.passing || error.kind === "seat") {
          this.stuck = error;
          this.changed();
          await new Promise((resolve) => {
            const timer = setTimeout(resolve, this.pause);
            this.#wakeUp = () => { clearTimeout(timer); resolve(); };
          });
          this.#wakeUp = null;
          continue;
        }
        this.waiting.shift();
        this.stuck = null;
        this.refused(op, error);
      }
      this.changed();
    }
    this.#running = false;
    this.changed();
  }
}
