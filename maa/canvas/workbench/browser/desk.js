// One person's work on one image: the open drawing, the tool in hand, what is saved, and the way back through
// all of it. No DOM; the stage and the panel call it and draw what it holds.

import { ActiveTime } from "./active_time.js";
import { inUse, keepInUse, shownAs } from "./classes.js";
import {
  MIN_POINTS, askedAnew, blank, edited, freshKey, isEmpty, isQuestion, openWords, questionOf, reopened, toAcceptAgain,
  withPoint, withPointMoved, withoutPoint,
} from "./drawing.js";
import { boundsOf, deleteVertices, moveVertices } from "./geometry.js";
import { History } from "./history.js";
import { Holding } from "./holding.js";
import { keptOf, takeUp } from "./kept.js";
import { Objects, boundsOfObject, sentBackFirst } from "./objects.js";
import { Prelabels } from "./prelabels.js";
import { Questions } from "./questions.js";
import { Shapes } from "./shapes.js";
import { Submission } from "./submission.js";
import { Threads } from "./threads.js";

export const BY_HAND = "This image is to be drawn by hand: the project compares drawing by hand with the model.";
const BORDER_ONLY = "The project's model understands clicks on the true border only. Click there, or drag a vertex.";
const NO_REPAIRS = "The project's model cannot go on from an outline that is there. Drag its vertices, or draw it anew from four points.";
/** Tools that work on an outline that is there. */
const NEEDS_OUTLINE = new Set(["vertices", "border", "cut", "split", "merge"]);
/** Tools that collect a path of clicks before they act. */
export const PATH_TOOLS = new Set(["border", "cut", "add", "split"]);

export class Desk extends Holding {
  /**
   * `changed()` after every change of what is held here. `clock` in seconds. `arm` "manual": the image is labeled
   * without the model. `lastClass`: what was chosen on the image before.
   */
  constructor({ server, drafts, image, classes, settings, changed, arm = null, follows = false, lastClass = null, clock = () => performance.now() / 1000 }) {
    super({ server, drafts, changed });
    Object.assign(this, { image, classes, clock, follows });
    this.submission = new Submission(this);
    this.threshold = settings.threshold;
    /** What the model understands beside clicks on the border: "inside", "outside", "prior". */
    this.takes = new Set(settings.takes);
    this.detail = settings.detail;
    this.history = new History();
    this.objects = new Objects({
      server, changed: () => this.tell(),
      refused: (op, error) => this.#refused(op, error), lost: (error) => this.lose(error),
    });
    this.questions = new Questions(this);
    this.shapes = new Shapes(this);
    this.prelabels = new Prelabels(this);
    this.threads = new Threads(this);
    this.byHand = arm === "manual";
    this.drawTool = this.byHand ? "manual" : "assisted";
    this.classId = inUse(classes, lastClass)?.id;
    this.drawing = blank(this.drawTool, this.classId);
    this.tool = this.byHand ? "manual" : "prompt";
    /** Clicks of a path tool: image points; for "border" the first and last are vertices' places. */
    this.path = [];
    /** Selected vertices, as places. */
    this.selected = [];
    this.pins = [];
    /** An answer to earlier clicks than the newest: good to see until theirs is there. */
    this.preview = null;
    this.snap = false;
    this.modelProblem = "";
    this.busy = false;
    this.objectTime = new ActiveTime();
    this.taskTime = new ActiveTime();
  }

  /** What `open` answered, and the draft that was kept. */
  load({ annotations, seat, waiting, pins = [], threads, others }, draft) {
    // Also when this tab takes the image back from another one: what was done here before is not to be undone there.
    this.history = new History();
    this.drawing = blank(this.drawTool, this.classId);
    this.seat = seat;
    this.waiting = waiting;
    /** Of the last send-back: {x, y, comment, annotation}. */
    this.pins = pins;
    this.threads.load(threads, draft?.thread);
    takeUp(this, annotations, others, draft);
    this.set(this.drawing);
  }

  /** Something is drawn or changed that is not saved. */
  get isOpen() {
    return (this.drawing.touched || this.isReclassed) && !isEmpty(this.drawing);
  }

  /** The open object has another class than it is saved with. */
  get isReclassed() {
    return Boolean(this.base) && this.drawing.classId !== this.base.class;
  }

  /** The saved object that is open, or null. */
  get base() {
    return this.drawing.base ? this.objects.get(this.drawing.base) : null;
  }

  /** The object that a comment is about, by local name; null: the image as a whole. */
  get subject() {
    return this.drawing.base;
  }

  get asking() {
    return Boolean(questionOf(this.drawing));
  }

  /** The pins that are shown: {key, number, x, y, comment, kind}. */
  get placed() {
    return [...this.pins.map((pin, i) => ({ key: `sent${i}`, number: i + 1, kind: "sent", ...pin })), ...this.threads.placed];
  }

  /** A class as it shows by now. */
  classOf(id) {
    return shownAs(this.classes, id);
  }

  /** The project's classes as they are by now. */
  learnClasses(classes) {
    if (!classes || JSON.stringify(classes) === JSON.stringify(this.classes)) return;
    this.classes = classes;
    this.hint = keepInUse(this) || this.hint;
    this.tell();
  }

  // --- clicks ---

  point(at, kind = "boundary") {
    if (!this.begin()) return;
    if (this.byHand && this.drawing.tool === "assisted") return this.say(BY_HAND);
    const next = withPoint(this.drawing, at, kind);
    if (next.tool === "assisted") {
      if (next.points.slice(next.before).some(([, , said]) => said !== "boundary" && !this.takes.has(said))) return this.say(BORDER_ONLY);
      if (next.prior && !this.takes.has("prior")) return this.say(NO_REPAIRS);
    }
    if (isEmpty(this.drawing)) this.#startObject();
    const repairs = this.drawing.edited && this.drawing.tool === "assisted";
    this.change(next);
    if (repairs) this.hint = "The click repairs only the outline around it; your hand edits elsewhere stay. Undo takes it back.";
    this.tell();
  }

  movePoint(index, at, final = true) {
    if (!this.begin()) return;
    this.change(withPointMoved(this.drawing, index, at), { merge: `move ${index}` });
    if (final) this.history.seal();
  }

  removePoint(index) {
    if (this.begin()) this.change(withoutPoint(this.drawing, index));
  }

  // --- hand edits ---

  edit(outline, changes, merge) {
    if (!this.begin()) return;
    if (!outline) this.say("That would leave nothing of the outline. Delete the object instead.");
    else this.change(edited(this.drawing, outline, changes), { merge });
  }

  /** Move the selected vertices by image pixels; `changes` of them count as moved. */
  moveSelected(dx, dy, { merge, changes = this.selected.length } = {}) {
    const { outline } = this.drawing;
    const moves = this.selected.filter((place) => outline?.[place.part]?.[place.ring]?.[place.index]).map((place) => {
      const [x, y] = outline[place.part][place.ring][place.index];
      return [place, this.within([x + dx, y + dy])];
    });
    if (moves.length) this.edit(moveVertices(outline, moves), changes, merge);
  }

  deleteSelected() {
    if (!this.selected.length || !this.drawing.outline) return;
    const gone = this.selected;
    this.selected = [];
    this.edit(deleteVertices(this.drawing.outline, gone), gone.length);
  }

  within([x, y]) {
    return [Math.min(Math.max(x, 0), this.image.width), Math.min(Math.max(y, 0), this.image.height)];
  }

  /** The next detail (0..1) of the outline, or threshold (0..1) of the model's answer. */
  tune({ threshold = this.threshold, detail = this.detail }) {
    if (!this.begin()) return;
    Object.assign(this, { threshold, detail });
    const { drawing } = this;
    if (isQuestion(drawing) && !drawing.edited) this.change(askedAnew(drawing), { merge: "tune" });
    else if (drawing.outline) this.questions.simplify();
    this.tell();
  }

  // --- tools and classes ---

  chooseClass(id) {
    if (!this.begin()) return;
    const before = [this.drawing.classId, this.classId];
    const after = [id, this.drawing.base ? this.classId : id];
    const choose = ([own, next]) => {
      this.drawing = { ...this.drawing, classId: own };
      this.classId = next;
      this.tell();
    };
    if (before[0] === after[0] && before[1] === after[1]) return;
    if (!isEmpty(this.drawing)) this.history.push({ undo: () => choose(before), redo: () => choose(after) });
    choose(after);
  }

  /** Take a tool; the same once more puts it down. */
  take(tool) {
    if (!this.begin()) return;
    const home = this.drawTool === "manual" ? "manual" : "prompt";
    if (tool === this.tool && tool !== home) tool = home;
    if (tool === "prompt" && this.byHand) return this.say(BY_HAND);
    if (NEEDS_OUTLINE.has(tool) && !this.drawing.outline) {
      return this.say("There is no outline to change yet: draw one, or open an object.");
    }
    if (tool === "select" && this.isOpen) return this.say(openWords(this.drawing));
    const kind = { prompt: "assisted", manual: "manual" }[tool];
    if (kind && !this.drawing.base && kind !== this.drawing.tool) {
      this.drawTool = kind;
      this.drop();
    } else if (kind && this.drawing.base && kind === "manual") {
      return this.say("Change an opened object with clicks or by its vertices. Close it to draw a new one.");
    }
    this.tool = tool;
    this.path = [];
    this.selected = [];
    this.tell();
  }

  toggleSnap() {
    this.snap = !this.snap;
    this.say(this.snap ? "Vertices snap to the neighbours' borders." : "Vertices do not snap.");
  }

  // --- the drawing as a whole ---

  /** Save the open drawing and begin the next. With nothing drawn (a key pressed twice) do nothing. */
  accept(number = this.drawing.number) {
    const { drawing } = this;
    if (number !== drawing.number || !this.begin()) return;
    if (this.path.length) return this.shapes.finishPath();
    if (isEmpty(drawing)) return;
    const question = questionOf(drawing);
    if (!drawing.outline && !question) {
      return this.refuse(`There is no outline to accept yet: it takes ${drawing.tool === "manual" ? 3 : MIN_POINTS} points.`);
    }
    const { base } = this;
    if (base && !this.isOpen) return base.prelabel ? this.prelabels.accept(base.local) : this.#next();
    if (!question && this.shapes.untangles()) return;
    const ask = question && { prompt: question, threshold: this.threshold, detail: this.detail };
    const { undo, redo } = this.keep(drawing, ask);
    this.history.push({
      undo: () => { undo(); this.set(toAcceptAgain(drawing)); },
      redo: () => { redo(); this.#next(); },
    });
    this.#next();
    if (base?.prelabel) this.prelabels.openNext();
  }

  /** Save a drawing: {saved, undo, redo} of that alone. What is open from then on is the caller's to say. */
  keep(drawing, ask = null) {
    const base = drawing.base && this.objects.get(drawing.base);
    const saved = this.objects.save(drawing, this.objectTime.seconds, ask);
    return {
      saved,
      undo: () => (base ? this.objects.revert(base) : this.objects.delete(saved.local)),
      redo: () => (base ? this.objects.save({ ...drawing, key: freshKey() }, 0) : this.objects.restore(saved)),
    };
  }

  /** Put the open drawing aside; undo brings it back. */
  drop() {
    if (!this.begin()) return;
    if (this.path.length || this.selected.length) {
      this.path = [];
      this.selected = [];
      return this.tell();
    }
    const { drawing, tool } = this;
    if (this.isOpen) {
      this.history.push({ undo: () => { this.set(drawing); this.tool = tool; }, redo: () => this.#next() });
    }
    this.#next();
  }

  undo() {
    if (!this.begin()) return;
    if (this.path.length) {
      this.path = this.path.slice(0, -1);
      return this.tell();
    }
    this.selected = [];
    // An object that was only looked at is closed, unless something was done beside it since.
    if (this.drawing.base && !this.drawing.touched && this.history.depth <= this.drawing.openedAt) this.#next();
    else if (!this.history.undo()) this.say("There is nothing to undo.");
    this.#afterTurn();
  }

  redo() {
    if (!this.begin()) return;
    this.selected = [];
    if (!this.history.redo()) this.say("There is nothing to redo.");
    this.#afterTurn();
  }

  // --- saved objects ---

  open(local) {
    if (!this.begin()) return;
    const object = this.objects.get(local);
    if (!object) return;
    if (this.isOpen) return this.say(openWords(this.drawing));
    if (object.state === "failed" && object.drawing) {
      this.objects.putBack(local);
      return this.set({ ...toAcceptAgain(object.drawing), touched: true });
    }
    if (!object.outline) return this.say("This object's outline is still on its way.");
    if (this.tool !== "vertices") this.tool = this.byHand ? "vertices" : "prompt";
    this.reopen(object);
  }

  /** A saved object is open from now on, as it is. `openedAt`: how many deeds undo walks back before it closes it. */
  reopen(object, openedAt = this.history.depth) {
    this.path = this.selected = [];
    this.#startObject();
    this.set({ ...reopened(object), openedAt });
  }

  /** The object after (+1) or before (-1) the open one; with none open, N begins at what nobody has decided about.
      Those that were sent back come first. */
  step(by) {
    const list = [...this.objects.list].sort(sentBackFirst);
    if (!list.length) return this.say("There are no objects yet.");
    const here = list.findIndex((object) => object.local === this.drawing.base);
    const first = Math.max(0, list.findIndex((object) => object.prelabel));
    const at = here < 0 ? (by > 0 ? first : list.length - 1) : (here + by + list.length) % list.length;
    this.open(list[at].local);
  }

  deleteObject(local = this.drawing.base) {
    if (!this.begin()) return;
    const object = local && this.objects.get(local);
    if (!object) return this.say("Open an object first: only the open one can be deleted.");
    const at = this.objects.list.indexOf(object);
    const open = this.drawing.base === local && this.drawing;
    const close = () => { if (this.drawing.base === local) this.#next(); };
    this.history.push({
      undo: () => { this.objects.restore(object, at); if (open) this.set(open); },
      redo: () => { this.objects.delete(local); close(); },
    });
    this.objects.delete(local);
    close();
    this.tell();
  }

  // --- the task ---

  /** Hand the image in. True when the server has it. */
  submit() {
    return this.submission.submit();
  }

  skip(reason) {
    return this.begin() ? this.hand("skip", { reason }) : Promise.resolve(false);
  }

  release() {
    return this.begin() ? this.hand("release", {}) : Promise.resolve(false);
  }

  // --- within ---

  /** Every deed begins here: time goes on, old news go. False when nothing may be changed. */
  begin() {
    if (this.readOnly || this.handing || this.handed) return false;
    this.hint = this.failure = "";
    this.acted = true;
    const now = this.clock();
    this.taskTime.touch(now);
    this.objectTime.touch(now);
    return true;
  }

  #startObject() {
    this.objectTime.clear();
    this.objectTime.touch(this.clock());
  }

  #next() {
    this.objectTime.restart();
    this.tool = this.drawTool === "manual" ? "manual" : "prompt";
    this.path = this.selected = [];
    this.set(blank(this.drawTool, this.classId));
  }

  /** One deed on the open drawing. */
  change(next, { merge } = {}) {
    const before = this.drawing;
    this.history.push({ merge: merge && `${before.number} ${merge}`, undo: () => this.set(before), redo: () => this.set(next) });
    this.set(next);
  }

  /** A drawing as it is from now on, for `Shapes` as well; asks the model where that is called for. */
  set(drawing) {
    this.drawing = drawing;
    this.preview = null;
    this.questions.renew();
    this.tell();
  }

  #afterTurn() {
    if (NEEDS_OUTLINE.has(this.tool) && !this.drawing.outline) this.tool = this.drawTool === "manual" ? "manual" : "prompt";
    if (!this.drawing.base && !isEmpty(this.drawing) && !NEEDS_OUTLINE.has(this.tool)) {
      this.drawTool = this.drawing.tool;
      this.tool = this.drawing.tool === "manual" ? "manual" : "prompt";
    }
    this.tell();
  }

  /** A save that the server will not have: its drawing opens again, if nothing else is open. */
  #refused(op, error) {
    this.failure = error.message;
    // While the image is handed in, the object stays in the list as failed: that stops it.
    if (op.kind === "save" && !this.isOpen && !this.lost && !this.handing) {
      this.objects.putBack(op.local);
      this.set({ ...toAcceptAgain(op.drawing), touched: true });
    }
    this.tell();
  }

  /** What would be lost with this page, or null. */
  get draft() {
    return keptOf(this);
  }

  /** Box of the open drawing, or of everything. */
  get focus() {
    const { drawing, base } = this;
    if (drawing.outline) return boundsOf(drawing.outline);
    if (drawing.points.length) return boundsOf([[drawing.points]]);
    if (base) return boundsOfObject(base);
    return [0, 0, this.image.width, this.image.height];
  }
}
