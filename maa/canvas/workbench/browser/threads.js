// Comments on the image, on an object or a place of it: threads that stay open until somebody resolves them.
// What is written goes to the server at once, unlike what a verdict says. No DOM.

export class Threads {
  constructor(desk) {
    this.desk = desk;
    this.list = [];
    this.clear();
  }

  /** The threads of the image, and what a draft kept of one that was being written. */
  load(list = [], kept = null) {
    this.list = list;
    if (!kept) return;
    const { text, answering, place } = kept;
    Object.assign(this, { text, place, answering: list.some(({ id }) => id === answering) ? answering : null });
  }

  /** What is written and not sent, as a draft keeps it; null when there is none. */
  get kept() {
    const { text, answering, place } = this;
    return text.trim() ? { text, answering, place } : null;
  }

  /** What is being written, and what it is about. */
  clear() {
    this.text = "";
    /** The thread that is answered, by id; null begins one. */
    this.answering = null;
    /** The image point that a new one is about, or null. */
    this.place = null;
    /** The next click on the image says that point. */
    this.placing = false;
    this.sending = false;
  }

  get open() {
    return this.list.filter((thread) => !thread.resolved);
  }

  /** How a thread is called: C1, C2, ... */
  nameOf(thread) {
    return `C${this.list.indexOf(thread) + 1}`;
  }

  /** What is shown on the image: {key, number, x, y, comment, kind}. */
  get placed() {
    const shown = this.open.filter((thread) => thread.place).map((thread) => ({
      key: `thread${thread.id}`, number: this.nameOf(thread), x: thread.place[0], y: thread.place[1], kind: "thread",
      comment: thread.turns.filter(({ text }) => text).map(({ who, text }) => `${who}: ${text}`).join("\n"),
    }));
    if (this.place) shown.push({ key: "thread", number: "C", x: this.place[0], y: this.place[1], kind: "thread", comment: this.text });
    return shown;
  }

  write(text) {
    this.text = text;
    this.desk.tell();
  }

  answer(id) {
    if (!this.desk.begin()) return;
    Object.assign(this, { answering: this.answering === id ? null : id, place: null, placing: false });
    this.desk.say("");
  }

  takePlace() {
    if (!this.desk.begin()) return;
    this.placing = !this.placing;
    this.place = null;
    this.desk.say(this.placing ? "Click the place that the comment is about." : "");
  }

  placeAt(point) {
    if (!this.desk.begin()) return;
    Object.assign(this, { place: point, placing: false });
    this.desk.say("");
  }

  /** Say what is written. True when the server has it. */
  send() {
    const { text, answering, place, desk } = this;
    if (!text.trim()) return Promise.resolve(false);
    return this.#tell({
      text: text.trim(), thread: answering, place: place && { x: place[0], y: place[1] },
      annotation: answering || !desk.subject ? null : desk.objects.idOf(desk.subject),
    }, () => this.clear());
  }

  /** Close a thread, with what is written as the last word where that one is being answered. */
  resolve(id) {
    const last = this.answering === id;
    return this.#tell({ thread: id, text: last ? this.text.trim() : "", resolve: true }, () => { if (last) this.clear(); });
  }

  /** Why the image cannot be approved, or "". */
  get refusal() {
    const [thread] = this.open;
    if (!thread) return "";
    const { who, text } = thread.turns[0];
    const short = text.length > 60 ? `${text.slice(0, 59)}…` : text;
    return `Comment ${this.nameOf(thread)} is still open (${who}: “${short}”): resolve it, or send the image back.`;
  }

  async #tell(body, done) {
    const { desk } = this;
    if (this.sending || !desk.begin()) return false;
    this.sending = true;
    desk.tell();
    try {
      const { threads } = await desk.server.call("comment", body);
      done();
      this.list = threads;
      return true;
    } catch (error) {
      desk.fail(error);
      return false;
    } finally {
      this.sending = false;
      desk.tell();
    }
  }
}
