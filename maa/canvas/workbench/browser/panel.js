// What is beside and around the picture on the annotate page: tools, classes, the open outline, objects.

import { showBanners, troubles } from "./banners.js";
import { ClassBox } from "./class_box.js";
import { button, group, make, say, show, slider } from "./dom.js";
import { countVertices } from "./geometry.js";
import { MIN_POINTS } from "./drawing.js";
import { LookBox } from "./look_box.js";
import { sentBackFirst } from "./objects.js";
import { PinList } from "./pins.js";
import { reviewerSaid } from "./review_said.js";
import { LOADING } from "./stage.js";
import { ThreadList } from "./thread_list.js";

const TOOLS = [
  ["prompt", "Model"], ["manual", "By hand"], ["vertices", "Vertices"], ["border", "Border"], ["cut", "Hole"],
  ["add", "Add"], ["split", "Split"], ["merge", "Merge"], ["select", "Select"],
];

const AT_WORK = "The model is at work…";
const UNSURE = "model unsure: look twice";

export class Panel {
  #rows = new Map();

  /** `acts` maps an action's name to what does it; `info` is what the page told: names, guidelines, reasons. */
  constructor({ desk, stage, keymap, acts, info, look }) {
    Object.assign(this, { desk, stage, keymap, acts, info, look });
    this.toolbar = this.#toolbar();
    this.status = this.#status();
    this.banners = make("div", { className: "banners", role: "alert" });
    this.side = this.#side();
  }

  #key = (action) => this.keymap.shown(action);
  #title = (action) => this.keymap.actions[action][0];

  #act(action, text, kind = "") {
    return button(text, { key: this.#key(action), title: this.#title(action), name: action, act: () => this.acts[action](), kind });
  }

  #toolbar() {
    this.tools = new Map(TOOLS.map(([tool, text]) => [tool, this.#act(tool, text)]));
    this.undoButton = this.#act("undo", "Undo");
    this.redoButton = this.#act("redo", "Redo");
    this.snapButton = this.#act("snap", "Snap");
    return make("div", { className: "toolbar", role: "toolbar", "aria-label": "Tools" },
      group(...this.tools.values(), this.snapButton), group(this.undoButton, this.redoButton),
      group(this.#act("fit", "Fit"), this.#act("zoomObject", "Object"), this.#act("help", "Keys")));
  }

  #status() {
    this.facts = make("span", { className: "facts" });
    this.unsure = make("span", { className: "unsure" });
    this.words = make("span", { className: "words", role: "status", "aria-live": "polite" });
    this.place = make("span", { className: "place" });
    return make("div", { className: "status", data: { name: "status" } }, this.facts, this.unsure, this.words, this.place);
  }

  #side() {
    const { info } = this;
    this.classes = new ClassBox(this.desk);
    this.acceptButton = this.#act("accept", "Accept", "primary wide");
    this.dropButton = this.#act("drop", "Drop");
    this.deleteButton = this.#act("deleteObject", "Delete");
    this.detail = slider("Detail", {
      min: 0, max: 1, step: 0.05, value: this.desk.detail, name: "detail",
      title: `How closely the outline follows the border: more detail gives more vertices (${this.#key("fewer")} ${this.#key("more")})`,
      act: (detail) => this.desk.tune({ detail }),
    });
    this.threshold = slider("Threshold", {
      min: 0.05, max: 0.95, step: 0.05, value: this.desk.threshold, name: "threshold",
      title: "How sure the model must be of a pixel. Higher gives a tighter outline.",
      act: (threshold) => this.desk.tune({ threshold }),
    });
    this.looks = new LookBox({ look: this.look, changed: () => { this.stage.redraw("photo", "objects", "overlay"); this.render(); } });
    this.pins = new PinList({ desk: this.desk, acts: this.acts });
    this.threads = new ThreadList(this);
    this.count = make("span", { className: "count", data: { name: "count" } });
    this.prelabelCount = make("span", { data: { name: "prelabels" } });
    this.prelabelRow = make("div", { className: "row between prelabels" }, this.prelabelCount, this.#act("confirmAll", "Accept all", "small"));
    this.list = make("div", { className: "objects", role: "list", "aria-label": "Objects", data: { name: "objects" } });
    this.submitButton = this.#act("submit", "Submit", "wide submit");
    this.takeBackButton = this.keymap.actions.takeBack && this.#act("takeBack", "Take back the last image", "small");
    this.skipMenu = make("details", { className: "menu", data: { name: "skip" } }, make("summary", { title: "Put this image aside, with a reason" }, "Skip"),
      make("div", { className: "menu-body" },
        ...info.skip_reasons.map((reason) => button(reason[0].toUpperCase() + reason.slice(1), { act: () => this.acts.skip(reason) })),
        button("Not now: give it back", { act: () => this.acts.release(), title: "Somebody else can take it; what you accepted is kept." })));
    const guidelines = info.guidelines && make("details", { className: "menu" }, make("summary", {}, "Guidelines"), make("p", { className: "text" }, info.guidelines));
    const header = make("div", { className: "header" },
      make("span", { className: "name", title: info.image.name, data: { name: "image" } }, info.image.name), this.skipMenu);
    return make("div", { className: "side" }, header, guidelines, this.classes.element,
      make("div", { className: "box" }, this.acceptButton, make("div", { className: "row" }, this.dropButton, this.deleteButton), this.detail.row, this.threshold.row),
      this.looks.element,
      make("div", { className: "row between" }, this.count,
        make("span", { className: "steps" }, this.#act("previous", "‹", "small"), this.#act("next", "›", "small"))),
      this.prelabelRow, this.pins.element, this.threads.element, this.list, this.submitButton, this.takeBackButton);
  }

  render() {
    const { desk } = this;
    for (const [tool, element] of this.tools) element.setAttribute("aria-pressed", String(desk.tool === tool));
    this.snapButton.setAttribute("aria-pressed", String(desk.snap));
    this.undoButton.disabled = desk.readOnly || !(desk.history.canUndo || desk.path.length || desk.drawing.base);
    this.redoButton.disabled = desk.readOnly || !desk.history.canRedo;
    this.acceptButton.disabled = desk.readOnly || (!desk.drawing.outline && !desk.asking);
    say(this.acceptButton.firstChild, desk.base && !(desk.base.prelabel && !desk.isOpen) ? "Save change" : "Accept");
    say(this.dropButton.firstChild, desk.drawing.base && !desk.isOpen ? "Close" : "Drop");
    show(this.deleteButton, Boolean(desk.base));
    if (this.takeBackButton) show(this.takeBackButton, Boolean(this.info.last));
    this.submitButton.disabled = desk.readOnly || desk.handing;
    const [all, left] = [desk.objects.list.length, desk.prelabels.left.length];
    const accepts = left ? `, ${left === all ? "all" : left} as pre-labeled` : "";
    say(this.submitButton.firstChild, desk.handing ? "Saving…" : `Submit ${all} object${all === 1 ? "" : "s"}${accepts}`);
    const vertices = countVertices(desk.drawing.outline);
    this.detail.set(desk.detail, desk.drawing.outline ? `${vertices} vertices` : desk.detail.toFixed(2));
    this.threshold.set(desk.threshold, desk.threshold.toFixed(2));
    this.looks.render();
    this.pins.render();
    this.threads.render();
    this.#renderStatus(vertices);
    this.#renderBanners();
    this.classes.render();
    this.#renderObjects();
  }

  #renderStatus(vertices) {
    const { desk } = this;
    const { drawing } = desk;
    const parts = [`${drawing.points.length} point${drawing.points.length === 1 ? "" : "s"}`];
    if (drawing.outline) parts.push(`${vertices} ${vertices === 1 ? "vertex" : "vertices"}`);
    if (drawing.answer) parts.push(`confidence ${drawing.answer.confidence.toFixed(2)}`, `${Math.round(drawing.answer.ms)} ms`);
    const waiting = desk.objects.outbox.waiting.length;
    if (waiting) parts.push(`saving ${waiting}`);
    say(this.facts, parts.join(" · "));
    say(this.unsure, drawing.answer?.unsure ? UNSURE : "");
    show(this.unsure, Boolean(drawing.answer?.unsure));
    const news = desk.failure || desk.hint;
    const now = this.stage.tiles.loading && !desk.frames?.viewing ? LOADING : desk.asking && desk.questions.slow ? AT_WORK : advice(desk, this.keymap);
    say(this.words, news || now);
    this.words.title = this.words.textContent; // it may be cut off
    this.words.dataset.kind = desk.failure ? "failure" : desk.hint ? "hint" : "";
  }

  #renderBanners() {
    const { desk, info } = this;
    const said = troubles(desk, this.acts, this.stage);
    const model = (info.model_problem ?? "") || desk.modelProblem;
    if (model && desk.drawTool === "assisted") said.push(["warning", `The model cannot help: ${model} Until then draw by hand (${this.#key("manual")}).`]);
    if (info.sent_back) said.push(["note", `Sent back: ${info.sent_back}`]);
    showBanners(this.banners, said);
  }

  #renderObjects() {
    const { desk } = this;
    const { list } = desk.objects;
    say(this.count, [`objects: ${list.length}`, this.info.waiting].filter(Boolean).join(" · "));
    const left = desk.prelabels.left.length;
    show(this.prelabelRow, left > 0);
    say(this.prelabelCount, `${left} pre-label${left === 1 ? "" : "s"} to decide`);
    const numbered = list.map((object, i) => [i + 1, object]).reverse();
    numbered.sort(([, a], [, b]) => sentBackFirst(a, b));
    const wanted = numbered.map(([number, object]) => this.#row(number, object));
    for (const [local] of this.#rows) if (!desk.objects.get(local)) this.#rows.delete(local);
    const same = wanted.length === this.list.children.length && wanted.every((row, i) => this.list.children[i] === row);
    if (!same) this.list.replaceChildren(...wanted);
    this.list.style.setProperty("--rows", wanted.length);
  }

  #row(number, object) {
    const { desk } = this;
    const open = desk.drawing.base === object.local;
    const label = desk.classOf(object.class);
    const text = JSON.stringify([number, object.class, label.retired, object.state, object.error, object.remark, open, object.confidence, object.correction, object.revision, object.prelabel]);
    const known = this.#rows.get(object.local);
    if (known?.text === text) return known.row;
    const proposed = object.confidence === null ? "pre-label, carried here" : `pre-label, ${Math.round(100 * object.confidence)} % sure`;
    const note = object.state === "failed" ? object.error
      : object.remark ? `${object.remark.changed ? "changed since" : "sent back"}: ${[object.remark.reason, object.remark.comment].filter(Boolean).join(": ")}`
      : object.correction ? reviewerSaid(object)
      : object.prelabel ? `${proposed}${label.retired ? ", of a class not in use any more" : ""}` : "";
    const row = make("div", { className: `object ${object.state}`, role: "listitem", "aria-current": String(open), style: { "--color": label.color }, data: { local: object.local, ...(object.prelabel ? { prelabel: "1" } : {}) } },
      make("button", {
        type: "button", className: "open", title: "Open it to repair it, edit vertices, change its class or delete it",
        on: {
          click: () => this.acts.open(object.local),
          pointerenter: () => this.acts.mark(object.local), pointerleave: () => this.acts.mark(null),
        },
      }, make("span", { className: "text" }, `${number} ${label.name}`),
      object.state === "saved" ? null : make("em", {}, { saving: "saving…", failed: "not saved" }[object.state])),
      object.prelabel ? make("button", { type: "button", className: "confirm", tabIndex: -1, title: `Accept as it is (${this.#key("confirm")})`, "aria-label": `Accept object ${number}`, on: { click: () => desk.prelabels.accept(object.local) } }, "✓") : null,
      make("button", { type: "button", className: "delete", tabIndex: -1, title: "Delete; undo restores it", "aria-label": `Delete object ${number}`, on: { click: () => desk.deleteObject(object.local) } }, "✕"),
      note ? make("p", { className: "note", on: { click: () => this.acts.open(object.local) } }, note) : null);
    this.#rows.set(object.local, { text, row });
    if (open) queueMicrotask(() => row.scrollIntoView({ block: "nearest" }));
    return row;
  }
}

/** What to do next, for the status line. */
function advice(desk, keymap) {
  const { drawing, tool } = desk;
  if (desk.frames?.viewing) return `You are looking at another frame: ${keymap.shown("drop")} or a click goes back to yours.`;
  if (desk.late) return "The image is submitted. The next one comes as soon as the server answers.";
  if (desk.handing || desk.handed) return "Submitting the image…";
  if (desk.seat?.mine === false) return "Read-only: another tab has this image. “Work here instead”, at the top, moves it here.";
  if (desk.readOnly) return "";
  const accept = keymap.shown("accept");
  if (tool === "vertices") return "Drag a vertex; click an edge to add one; drag a box to select; right-click deletes.";
  if (tool === "border") return "Click a vertex, then points along the true border, and end on a vertex.";
  if (tool === "cut") return "Click around what is too much.";
  if (tool === "add") return "Click around what is missing.";
  if (tool === "split") return `Click a line all the way across the outline, then ${accept}.`;
  if (tool === "merge") return "Click the object to merge with.";
  if (tool === "select") return "Click an object to open it.";
  if (desk.isReclassed && !drawing.touched) return `New class: ${accept} saves it, ${keymap.shown("drop")} keeps the old one.`;
  const repairs = desk.takes.has("prior");
  const [deaf, only] = [drawing.prior && !repairs, !desk.takes.has("outside")];
  if (desk.base?.prelabel && !drawing.touched) return `A pre-label: ${accept} accepts it as it is, ${repairs ? "a click on the true border" : "dragging its vertices"} repairs it, ${keymap.shown("deleteObject")} deletes it.`;
  if (drawing.base && !drawing.touched) return `Opened: ${repairs ? "click to repair it, " : ""}drag its vertices, press a number for its class; ${keymap.shown("deleteObject")} deletes it, ${accept} saves it.`;
  if (drawing.tool === "manual") return `Click the corners one after another. ${accept} closes and accepts.`;
  if (drawing.outline) return `${accept} ${drawing.base ? "saves" : "accepts"}. ${deaf ? "Wrong somewhere? Drag a vertex." : only ? "Wrong somewhere? Click its true border, or drag a vertex." : "Too much: right-click it. Missing: Alt-click it."}`;
  if (!drawing.points.length && desk.prelabels.left.length) return `${keymap.shown("next")} opens the next pre-label, ${keymap.shown("confirm")} accepts the one under the cursor; click four points for a missing object.`;
  const missing = Math.max(0, MIN_POINTS - drawing.points.filter(([, , kind]) => kind === "boundary").length);
  return missing ? `Click the object's left-most, right-most, top and bottom point: ${missing} to go.` : "";
}
