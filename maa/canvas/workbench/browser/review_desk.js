// A reviewer's work on one image: what they look at, what they say about it, and, when they fix something
// themselves, the drawing desk that this is built on. No DOM.

import { Desk } from "./desk.js";
import { Drafts } from "./drafts.js";
import { boundsOfObject } from "./objects.js";
import { History } from "./history.js";
import { DOUBLE_PRESS } from "./holding.js";
import { freshKey, openWords } from "./drawing.js";
import {
  APPROVED, NOTHING, SENT_BACK, isNothing, needsReason, nextUnmarked, refusal, restored, rounds, saidWith, toKeep, toSend, withMark, withPin,
  withPinChanged, withoutPin,
} from "./review_said.js";

const TAKEN_BACK = "You have taken back your verdict; it no longer counts. Decide again.";
const OVERTAKEN = "Somebody else has worked on this image since. What you had said about it is dropped.";

export class ReviewDesk extends Desk {
  #came = null; // when it was there to be seen
  #fixes = 0; // how often fixing by hand was begun
  #back = null; // when the verdict was given that was taken back

  /** `reasons`: what can be wrong, in the order of the digits. */
  constructor({ reasons, ...parts }) {
    super(parts);
    this.reasons = reasons;
    this.said = NOTHING;
    this.deeds = new History();
    /** The object that is looked at, by local name; null: the image as a whole. */
    this.current = null;
    /** The next digit answers what is wrong. */
    this.choosing = false;
    this.pinning = false;
    /** The pin whose text is being written, by key. */
    this.writing = null;
    this.comparing = false;
    this.fixing = false;
    this.loaded = false;
    this.rounds = [];
    /** Where the image's second annotator did something else: {who, outcome, annotation, class, outline, taken}. */
    this.differences = [];
    this.taking = false;
  }

  load(answer, draft) {
    this.deeds = new History();
    this.#back = answer.taken_back?.[0]?.when ?? null;
    // A draft of the time before, or of another browser, says nothing of this verdict.
    const kept = (draft?.back ?? null) === this.#back ? draft?.review : null;
    const back = this.#back && !kept;
    // What was said of objects that others have changed, or judged, since is not said of these.
    const overtaken = Boolean(kept) && Drafts.isOvertaken(draft, answer.others);
    const said = restored(back ? saidWith(answer.taken_back) : kept, answer.annotations.map(({ id }) => ({ local: `a${id}` })));
    this.said = overtaken ? NOTHING : said;
    this.rounds = rounds(answer.reviews ?? []);
    this.differences = answer.differences ?? [];
    this.current = answer.annotations.some(({ id }) => `a${id}` === draft?.current) ? draft.current : null;
    this.fixing = Boolean(draft?.drawing || draft?.about);
    super.load(answer, draft);
    this.#came ??= this.clock();
    this.loaded = true;
    if (overtaken && !isNothing(said)) this.say(OVERTAKEN);
    else if (back) this.say(TAKEN_BACK);
    else this.say(isNothing(said) ? this.hint : "This is what you had said when you left the page.");
  }

  /** Nothing is done while the other annotator's objects are on their way. */
  begin() {
    return !this.taking && super.begin();
  }

  /** The object that is looked at, or null. */
  get object() {
    return this.current && this.objects.get(this.current);
  }

  get subject() {
    return this.fixing ? super.subject : this.current;
  }

  /** Whether the last review has not seen what the object is now. */
  isSince({ written }) {
    return this.rounds.length > 0 && new Date(written) > new Date(this.rounds[0].when);
  }

  markOf(local) {
    return this.said.marks[local] ?? null;
  }

  get placed() {
    const sent = this.rounds[0]?.pins ?? [];
    return [
      ...sent.map((pin, i) => ({ ...pin, key: `sent${i}`, number: i + 1, kind: "old" })),
      ...this.said.pins.map((pin, i) => ({ ...pin, number: i + 1, kind: "own" })),
      ...this.threads.placed,
    ];
  }

  // --- looking ---

  choose(local) {
    if (this.fixing) return;
    this.begin(); // looking is possible where nothing can be said, too
    this.choosing = false;
    this.current = local && this.objects.get(local) ? local : null;
    this.say("");
  }

  /** The object after (+1) or before (-1); the whole image lies between the last and the first. */
  step(by) {
    if (this.fixing) return this.#stepOpen(by);
    const stops = [null, ...this.objects.list.map((object) => object.local)];
    if (stops.length === 1) return this.say("There are no objects on this image.");
    this.choose(stops[(stops.indexOf(this.current) + by + stops.length) % stops.length]);
  }

  #stepOpen(by) {
    const { list } = this.objects;
    const at = list.indexOf(this.object);
    if (this.drawing.base || this.isOpen || at < 0) super.step(by);
    else this.open(list[(at + by + list.length) % list.length].local);
  }

  get focus() {
    if (this.fixing) return super.focus;
    return this.object?.outline ? boundsOfObject(this.object) : [0, 0, this.image.width, this.image.height];
  }

  /** Back by one: the pin tool, the question why, the object. */
  leave() {
    if (this.pinning || this.choosing) this.pinning = this.choosing = false;
    else this.current = null;
    this.say("");
  }

  // --- saying ---

  #tell(next, { go = this.current, merge, words = "" } = {}) {
    const [before, here] = [this.said, this.current];
    const turn = (said, at) => {
      this.said = said;
      this.current = at && this.objects.get(at) ? at : null;
      this.writing = null;
    };
    this.deeds.push({ merge, undo: () => turn(before, here), redo: () => turn(next, go) });
    this.said = next;
    this.current = go;
    this.choosing = false;
    this.say(words);
  }

  #ready() {
    return this.loaded && !this.fixing && this.begin();
  }

  /** Approve the object that is looked at, and go on with the next; the same again takes it back. */
  approveObject() {
    if (!this.#ready()) return;
    const { current, said, objects } = this;
    if (!current) return this.say("Choose an object first. The image as a whole is approved with a key of its own.");
    if (this.markOf(current)?.verdict === APPROVED) return this.#tell(withMark(said, current, null));
    const next = withMark(said, current, { verdict: APPROVED, reason: "", comment: "" });
    const go = nextUnmarked(next, objects.list, current);
    const number = objects.list.findIndex(({ local }) => local === current) + 1;
    const before = this.markOf(current)?.verdict === SENT_BACK ? `Object ${number} was marked to be sent back, and is good now. Undo takes that back.` : "";
    this.#tell(next, { go, words: before || (go ? "" : "That was the last object.") });
  }

  /** Ask why the object that is looked at is wrong; on one that is rejected, take that back. */
  rejectObject() {
    if (!this.#ready()) return;
    if (!this.current) return this.say("Choose an object first, or send the image back as a whole.");
    if (this.markOf(this.current)?.verdict === SENT_BACK) return this.#tell(withMark(this.said, this.current, null));
    this.choosing = !this.choosing;
    this.say("");
  }

  /** The reason of this number (from 1) for what is looked at; the same again takes it back. */
  reason(number) {
    if (!this.#ready()) return;
    const reason = this.reasons[number - 1];
    if (!reason) return;
    const { current, said } = this;
    if (!current) return this.#tell({ ...said, reason: said.reason === reason ? "" : reason });
    const before = this.markOf(current);
    const again = before?.verdict === SENT_BACK && before.reason === reason;
    this.#tell(withMark(said, current, again ? null : { verdict: SENT_BACK, reason, comment: before?.comment ?? "" }));
  }

  /** What is written about what is looked at. A comment on an object belongs to a rejection. */
  comment(text) {
    if (!this.#ready()) return;
    const { current, said } = this;
    if (!current) return this.#tell({ ...said, comment: text }, { merge: "comment" });
    const mark = this.markOf(current);
    if (mark?.verdict !== SENT_BACK) return;
    this.#tell(withMark(said, current, { ...mark, comment: text }), { merge: `comment ${current}` });
  }

  undo() {
    if (this.fixing) return super.undo();
    if (this.#ready() && !this.deeds.undo()) return this.say("There is nothing to undo.");
    this.say(this.hint);
  }

  redo() {
    if (this.fixing) return super.redo();
    if (this.#ready() && !this.deeds.redo()) return this.say("There is nothing to redo.");
    this.say(this.hint);
  }

  // --- pins ---

  takePin() {
    if (!this.#ready()) return;
    this.pinning = !this.pinning;
    this.say("");
  }

  /** Pin a comment to an image point; `local`: the object there. Its text is written next. */
  addPin([x, y], local = null) {
    if (!this.#ready()) return;
    const key = freshKey();
    this.pinning = false;
    this.#tell(withPin(this.said, { key, x, y, comment: "", local }), { merge: `pin ${key}` });
    this.write(key);
  }

  write(key) {
    if (!this.#ready()) return;
    this.writing = key;
    this.say("");
  }

  writePin(key, comment) {
    if (this.#ready()) this.#tell(withPinChanged(this.said, key, { comment }), { merge: `pin ${key}` });
  }

  /** The text is done; a pin that says nothing goes. */
  written() {
    const pin = this.said.pins.find(({ key }) => key === this.writing);
    this.writing = null;
    if (pin && !pin.comment.trim()) this.#tell(withoutPin(this.said, pin.key), { merge: `pin ${pin.key}` });
    this.deeds.seal();
    this.say("");
  }

  movePin(key, [x, y]) {
    if (this.#ready()) this.#tell(withPinChanged(this.said, key, { x, y }), { merge: `move ${key}` });
  }

  removePin(key) {
    if (!this.#ready()) return;
    if (this.writing === key) this.writing = null;
    this.pointed = null;
    this.#tell(withoutPin(this.said, key));
  }

  // --- fixing it oneself ---

  fix(on = !this.fixing) {
    if (!this.loaded || on === this.fixing || !this.begin()) return;
    if (!on) {
      if (this.isOpen) return this.say(openWords(this.drawing));
      this.drop();
      if (this.drawing.base) return; // a path or a selection was put down first
    }
    this.fixing = on;
    if (on) this.#fixes++;
    this.pinning = this.choosing = false;
    this.writing = null;
    if (on && this.object) this.open(this.current);
    else this.say("");
  }

  /** What is open is what is looked at when fixing is over. */
  open(local) {
    super.open(local);
    if (this.drawing.base === local) this.current = local;
  }

  /** Put the drawing aside; with nothing to put aside, fixing is over. */
  putDown() {
    const nothing = !this.isOpen && !this.drawing.base && !this.path.length && !this.selected.length;
    if (nothing && this.fixing && this.begin()) {
      this.fixing = false;
      return this.say("");
    }
    this.drop();
  }

  /** What the reviewer corrected is right by now. */
  accept(number) {
    const { base } = this;
    const before = this.objects.list;
    super.accept(number);
    if (this.objects.list === before) return;
    const saved = base ?? this.objects.list.at(-1);
    this.current = saved.local;
    if (this.markOf(saved.local)?.verdict !== SENT_BACK) return;
    this.said = withMark(this.said, saved.local, null);
    this.say("Corrected, so it is no longer marked to be sent back.");
  }

  /** Have an object as the second annotator does. True when the server has it. */
  async takeTheirs(number) {
    if (this.taking || !this.#ready()) return false;
    const why = this.#whyNotTake(this.differences[number]);
    if (why) {
      this.say(why);
      return false;
    }
    this.taking = true;
    this.tell();
    try {
      const before = { list: this.objects.list, differences: this.differences };
      const { differences, annotations } = await this.server.call("take", { number });
      this.objects.renew(annotations);
      this.#taken(before, { list: this.objects.list, differences });
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    } finally {
      this.taking = false;
      this.tell();
    }
  }

  /** What of the reviewer's own stands in the way of taking over a difference, or "". */
  #whyNotTake(difference) {
    const { list, outbox } = this.objects;
    if (outbox.waiting.length) return "Your own changes are still being saved: try again when they are.";
    const about = difference?.annotation;
    const failed = about && list.some(({ state, local }) => state === "failed" && this.objects.idOf(local) === about);
    return failed ? "Your own change to this object could not be saved: first open it in the list and accept it again, or delete it." : "";
  }

  #taken(before, after) {
    const changes = (from, to) => [
      ...from.list.filter(({ local }) => !to.list.some((one) => one.local === local)).map((one) => ({ from: one, to: null })),
      ...to.list.map((one, at) => ({ from: from.list.find(({ local }) => local === one.local) ?? null, to: one, at }))
        .filter((change) => change.from?.revision !== change.to.revision),
    ];
    const fixes = this.#fixes;
    const turn = (from, to) => {
      // What was fixed by hand since must not be written over.
      if (fixes !== this.#fixes) {
        this.hint = "Objects were changed by hand since then: what was taken over stays as it is.";
        return;
      }
      this.objects.turn(changes(from, to));
      this.differences = to.differences;
      if (!this.object) this.current = null;
    };
    this.deeds.push({ undo: () => turn(after, before), redo: () => turn(before, after) });
    this.differences = after.differences;
    if (!this.object) this.current = null;
  }

  // --- deciding ---

  /** Approve the image or send it back. True when the server has it. */
  async decide(verdict) {
    if (!this.loaded || this.handing || !this.begin()) return false;
    if (this.follows && this.clock() - this.#came < DOUBLE_PRESS / 1000) {
      this.say("You just opened this image: look at it first.");
      return false;
    }
    if (this.isOpen) {
      this.say(openWords(this.drawing));
      return false;
    }
    const why = refusal(verdict, this.said, this.objects.list) || (verdict === APPROVED && this.threads.refusal);
    if (why) {
      this.choosing = verdict === SENT_BACK && needsReason(this.said, this.objects.list) && !this.fixing;
      if (this.choosing) this.current = null;
      this.fail({ message: why });
      return false;
    }
    return this.hand("decide", () => toSend(verdict, this.said, this.objects.list, (local) => this.objects.idOf(local)));
  }

  /** Give it back undecided; what was said of it is dropped. */
  async release() {
    if (!this.begin()) return false;
    await this.drafts.flush(); // nothing is on its way any more
    await this.server.call("draft", { draft: null }).catch(() => {}); // it would only be found again later
    return super.release();
  }

  get draft() {
    const open = super.draft;
    // Of a verdict that was taken back, nothing is something: without a draft, all that it said comes again.
    if (!open && isNothing(this.said) && !this.#back) return null;
    return { others: this.others, ...open, back: this.#back, review: toKeep(this.said, (local) => this.objects.idOf(local)), current: this.current };
  }
}
