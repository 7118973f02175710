// The workbench as the page mounts it: joins server, desk, stage and panel, and hears the keys.

import { offered } from "./classes.js";
import { Desk } from "./desk.js";
import { Digits } from "./digits.js";
import { make } from "./dom.js";
import { Drafts } from "./drafts.js";
import { FrameStrip } from "./frame_strip.js";
import { Frames } from "./frames.js";
import { HelpSheet } from "./help.js";
import { ACTIONS, Keymap, keyOf } from "./keys.js";
import { Look } from "./look.js";
import { mountBench } from "./mount.js";
import { Panel } from "./panel.js";
import { Server } from "./protocol.js";
import { LOADING, Stage } from "./stage.js";
import { PinLayer } from "./pins.js";
import { storageOf, tabOf } from "./tab.js";
import { closeConnectionErrors } from "./their_dialog.js";
import { Tiles } from "./tiles.js";
import { AnnotateTools } from "./tools.js";
import { Word } from "./word.js";

const BEAT = 5000; // ms between two signs of life
const NUDGE = { nudgeLeft: [-1, 0], nudgeRight: [1, 0], nudgeUp: [0, -1], nudgeDown: [0, 1] };
const PAN_STEP = 60; // screen pixels
/** Some keyboards need one for a digit. */
const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock"]);

export class Workbench {
  #stop = new AbortController();
  #held = new Set();
  #digits = new Digits();
  #frame = 0;

  /** `info`: what the page says (see maa/canvas/workbench). `send(word)` tells it what became of the task. */
  constructor({ root, info, base, send }) {
    Object.assign(this, { root, info });
    this.word = new Word(send);
    const storage = this.storage = storageOf(window);
    this.server = new Server({ base, pass: info.pass, tab: window.maaTab ?? "new" });
    const drafts = new Drafts({
      task: info.task, person: info.person.id, storage, send: (draft, leaving) => this.server.call("draft", { draft }, { keepalive: leaving }),
    });
    this.desk = this.makeDesk({
      server: this.server, drafts, image: info.image, classes: info.classes, settings: info.settings,
      arm: info.arm, follows: info.follows, lastClass: Number(storage.getItem(this.#lastClass)), changed: () => this.render(),
    });
    this.frames = new Frames({
      desk: this.desk, server: this.server, storage, sequence: Boolean(info.sequence),
      tilesOf: (image) => this.#tilesOf(image), changed: () => this.#stepped(),
    });
    this.look = new Look(storage);
    this.acts = { ...this.#acts(), ...this.moreActs() };
    this.startKeys();
    const { signal } = this.#stop;
    window.addEventListener("keydown", (event) => this.#keyDown(event), { capture: true, signal });
    window.addEventListener("keyup", (event) => this.#keyUp(event), { capture: true, signal });
    window.addEventListener("blur", () => this.#release(), { signal });
    window.addEventListener("pointerdown", (event) => this.#pressed(event), { capture: true, signal });
    // What is written here is no key for the page around.
    root.addEventListener("keydown", (event) => { if (typing(event.composedPath()[0])) event.stopPropagation(); }, { signal });
    root.addEventListener("click", (event) => this.#giveBackKeys(event), { signal });
    window.addEventListener("pagehide", () => { drafts.flush(true); }, { signal });
    // A tab that nobody looks at takes no seat that another one leaves.
    const beat = () => { if (!document.hidden || !this.desk.readOnly) this.desk.beat(); };
    window.addEventListener("online", beat, { signal });
    this.beat = setInterval(beat, BEAT);
    closeConnectionErrors(signal);
    this.#open(drafts);
  }

  async #open(drafts) {
    this.server.tab = await tabOf(window);
    for (let pause = 500; ; pause = Math.min(pause * 2, 5000)) {
      try {
        const answer = await this.server.call("open", { take: false });
        if (this.#stop.signal.aborted) return;
        this.desk.learnClasses(answer.classes);
        this.desk.load(answer, drafts.newest(answer.draft));
        if (this.info.last?.name && !this.desk.hint) this.desk.say(this.#offer(this.info.last.name));
        this.opened = true;
        this.render();
        if (this.info.sequence) this.frames.load();
        return;
      } catch (error) {
        if (!error.passing) return this.desk.lose(error);
        this.desk.offline = true;
        this.render();
        await new Promise((resolve) => setTimeout(resolve, pause));
        if (this.#stop.signal.aborted) return;
      }
    }
  }

  #offer(name) {
    return `You submitted ${name}. ${this.keymap.shown("takeBack")} takes it back.`;
  }

  /** Hear what is new while the task stays the same. */
  learn(news) {
    const { last } = this.info;
    Object.assign(this.info, news);
    if (last?.name && !news.last && this.desk.hint === this.#offer(last.name)) this.desk.hint = "";
    this.render();
  }

  /** Have the image before on the desk again. */
  takeBack() {
    if (this.info.last && !this.desk.handing && !this.desk.handed) this.word.say("taken_back", this.info.last.task);
  }

  dispose() {
    this.#stop.abort();
    clearInterval(this.beat);
    this.word.close();
    cancelAnimationFrame(this.#frame);
    this.frames.dispose();
    this.desk.drafts.flush();
    this.desk.over = true;
    this.stage.dispose();
  }

  // --- what the review page does in its own way (see review.js) ---

  makeDesk(parts) {
    return new Desk(parts);
  }

  makePanel(parts) {
    return new Panel(parts);
  }

  makeTools(stage) {
    return new AnnotateTools(stage);
  }

  moreActs() {
    return {};
  }

  startKeys() {
    this.useKeys(ACTIONS, `maa.keys.${this.info.person.id}`);
  }

  digit(digit) {
    const labels = offered(this.desk.classes);
    const label = labels[this.#digits.press(digit, labels.length) - 1];
    if (label) this.desk.chooseClass(label.id);
  }

  // --- what is seen ---

  /** Take these actions with the person's own keys. */
  useKeys(actions, name, words) {
    this.keymap = new Keymap({ actions, storage: this.storage, name });
    this.help?.element.remove();
    this.help = new HelpSheet({ keymap: this.keymap, changed: () => this.#build(), words });
    this.#build();
  }

  /** Everything around the picture; anew when the keys have changed. */
  #build() {
    const { desk, info, keymap, acts, look } = this;
    this.panel = this.makePanel({ desk, stage: this.stage, keymap, acts, info, look });
    const element = this.stage?.element
      ?? make("div", { className: "stage", tabIndex: 0, role: "application", "aria-label": "The image: click to draw" });
    const focused = element.getRootNode().activeElement === element;
    const frame = make("div", { className: "frame" }, element, this.panel.banners);
    this.strip = info.sequence ? new FrameStrip({ frames: this.frames, keymap, acts, back: () => this.stage.element.focus({ preventScroll: true }) }) : null;
    this.root.replaceChildren(
      make("div", { className: "left" }, this.panel.toolbar, frame, this.strip?.element, this.panel.status), this.panel.side, this.help.element);
    if (focused) element.focus({ preventScroll: true });
    this.stage ??= new Stage({
      element, desk, look, frames: this.frames, tools: (stage) => this.makeTools(stage),
      tiles: this.#tilesOf(info.image.id), moved: (seen) => this.#moved(seen),
    });
    this.panel.stage = this.stage;
    this.pins ??= new PinLayer({ stage: this.stage });
    this.render();
  }

  /** What fetches and draws the picture of an image of this size. */
  #tilesOf(image) {
    const { width, height } = this.info.image;
    return new Tiles({
      width, height, url: (level, column, row) => this.server.tile(image, level, column, row),
      changed: () => {
        if (this.desk.hint === LOADING) this.desk.hint = "";
        this.stage?.redraw("photo");
        this.render();
      },
    });
  }

  /** Another frame is looked at, or other outlines are shown beside one's own. */
  #stepped() {
    if (!this.stage) return;
    this.stage.redraw("photo", "objects", "overlay");
    this.render();
  }

  #moved(view) {
    if (!this.panel || !view) return;
    this.root.dataset.view = JSON.stringify([view.scale, view.left, view.top]);
    this.pins?.place();
    const at = this.stage?.cursor;
    const zoom = `${view.scale >= 1 ? Math.round(view.scale * 10) / 10 : view.scale.toFixed(2)}×`;
    const [x, y] = at ? this.stage.toImage(at) : [0, 0];
    this.panel.place.textContent = at ? `${x.toFixed(1)}, ${y.toFixed(1)}   ${zoom}` : zoom;
    if (this.stage) this.stage.element.style.cursor = this.stage.pointer;
  }

  /** Draw once, however much has changed until then. */
  render() {
    if (this.#frame || !this.stage || this.#stop.signal.aborted) return;
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = 0;
    const { desk, stage } = this;
    if (this.shownList !== desk.objects.list || this.shownBase !== desk.drawing.base) stage.redraw("objects");
    if (this.shownBase !== desk.drawing.base && desk.base) stage.reveal(desk.focus);
    this.shownList = desk.objects.list;
    this.shownBase = desk.drawing.base;
    if (this.shownClass !== desk.classId) this.#keepClass();
    stage.redraw("overlay");
    stage.paint(); // in this frame, not in the next
    this.panel.render();
    this.strip?.render();
    this.pins.render();
    this.pins.layer.hidden = stage.hideOthers || this.frames.viewing;
    if (this.opened && !stage.tiles.loading) this.root.dataset.ready = "1";
    Object.assign(this.root.dataset, { tool: desk.tool, drawing: desk.drawing.number, objects: desk.objects.list.length, viewing: this.frames.viewing ? this.frames.at : "" });
    stage.element.style.cursor = stage.pointer;
  }

  /** The next image of the project begins with the class of this one. */
  #keepClass() {
    this.shownClass = this.desk.classId;
    try {
      this.storage.setItem(this.#lastClass, String(this.desk.classId));
    } catch {
      // It holds until the page is left.
    }
  }

  get #lastClass() {
    return `maa.class.${this.info.person.id}.${this.info.project}`;
  }

  /** Draw now what waits for the next frame: a busy browser hands over several presses before it draws again, and
   * each means what the one before has led to. */
  #catchUp() {
    if (!this.#frame) return;
    cancelAnimationFrame(this.#frame);
    this.#draw();
  }

  #acts() {
    const { desk, frames } = this;
    const look = (what, by) => () => {
      this.look.change(what, by);
      this.stage.redraw("photo", "objects", "overlay");
      this.render();
    };
    const nudge = ([dx, dy]) => (event) => {
      const { stage } = this;
      if (desk.selected.length) {
        const by = event?.shiftKey ? 10 : 1;
        desk.moveSelected(dx * by, dy * by, { merge: "nudge", changes: event?.repeat ? 0 : desk.selected.length });
      } else stage.pan(-dx * PAN_STEP, -dy * PAN_STEP);
    };
    const detail = (by) => () => desk.tune({ detail: Math.min(1, Math.max(0, Math.round((desk.detail + by) * 20) / 20)) });
    const finished = async (how, handed) => { if (await handed) this.word.say(how); };
    return {
      accept: () => desk.accept(), drop: () => desk.drop(), undo: () => desk.undo(), redo: () => desk.redo(),
      confirm: () => desk.prelabels.accept(desk.drawing.base ?? this.#pointedAt()),
      confirmAll: () => desk.prelabels.acceptAll(),
      deleteObject: () => desk.deleteObject(), next: () => desk.step(1), previous: () => desk.step(-1),
      submit: () => finished("submitted", desk.submit()), skip: (reason) => finished("skipped", desk.skip(reason)),
      release: () => finished("released", desk.release()), leave: () => this.word.say("left"), takeBack: () => this.takeBack(), takeSeat: () => desk.takeSeat(),
      open: (local) => { desk.open(local); this.stage.reveal(desk.focus); },
      mark: (local) => { desk.marked = local; this.stage.redraw("objects"); },
      ...Object.fromEntries(
        ["prompt", "manual", "vertices", "border", "cut", "add", "split", "merge", "select"].map((tool) => [tool, () => desk.take(tool)])),
      ...Object.fromEntries(Object.entries(NUDGE).map(([name, way]) => [name, nudge(way)])),
      deleteSelected: () => this.stage.tools.deleteSelected(), snap: () => desk.toggleSnap(),
      share: () => desk.shapes.share(this.stage.view.scale), fewer: detail(-0.05), more: detail(0.05),
      fit: () => this.stage.fit(), zoomObject: () => this.stage.focus(desk.focus),
      zoomIn: () => this.stage.zoom(1.4), zoomOut: () => this.stage.zoom(1 / 1.4),
      hideOthers: () => this.#hide(true),
      goTo: (at) => this.stage.goTo(at),
      opacityDown: look("opacity", -0.06), opacityUp: look("opacity", 0.06),
      darker: look("brightness", -0.15), brighter: look("brightness", 0.15),
      flatter: look("contrast", -0.15), crisper: look("contrast", 0.15),
      plain: () => { this.look.plain(); look("opacity", 0)(); },
      previousFrame: () => frames.step(-1), nextFrame: () => frames.step(1), play: () => frames.play(), neighbours: () => frames.toggle(),
      carry: () => frames.carry(this.#cursor), carryAll: () => frames.carryAll(),
      help: () => this.help.toggle(),
    };
  }

  /** The image point under the cursor, or null. */
  get #cursor() {
    const { cursor } = this.stage;
    return cursor && this.stage.toImage(cursor);
  }

  /** The object there, or null. */
  #pointedAt() {
    return (this.#cursor && this.stage.objectAt(this.#cursor)?.local) || null;
  }

  // --- keys ---

  #keyDown(event) {
    if (!this.root.isConnected || typing(event.composedPath()[0])) return;
    this.#catchUp();
    const field = this.root.getRootNode().activeElement;
    if (field && typing(field)) return; // it has just opened, and gets what is written
    if (this.help.press(event)) {
      if (event.key !== "Tab" && event.key !== "Enter" && event.key !== " ") swallow(event);
      return;
    }
    if (event.key === "Escape" && this.#closeMenus(event)) return swallow(event);
    if (event.key === " ") {
      // A focused button is not pressed while the hand moves the view, unless focus came by Tab.
      if (event.composedPath()[0].matches?.("button:focus-visible, summary:focus-visible")) return;
      this.stage.space = true;
      this.stage.element.style.cursor = this.stage.pointer;
      return swallow(event);
    }
    const key = keyOf(event);
    const digit = this.#digits.takes(key, offered(this.desk.classes).length);
    if (!digit && !MODIFIERS.has(event.key)) this.#digits.forget();
    const action = digit ? null : this.keymap.actionOf(key) ?? (key.startsWith("Shift+Arrow") ? this.keymap.actionOf(key.slice(6)) : null);
    if ((digit || action) && this.frames.stops(this.keymap.actions[action]?.[2])) return swallow(event);
    if (digit) {
      if (!event.repeat) this.digit(Number(key));
      return swallow(event);
    }
    if (!action) return;
    if (key === "Enter" && event.composedPath()[0].matches?.("button:focus-visible, summary:focus-visible")) return;
    // Where focus came by Tab, arrows move within the control.
    if (key.startsWith("Arrow") && event.composedPath()[0].matches?.('[type="range"], [role="radio"]:focus-visible')) return;
    swallow(event);
    const repeats = action in NUDGE || /^zoom(In|Out)$|^(undo|redo|next|previous|nextFrame|previousFrame|fewer|more)$|^(opacity|dark|bright|flat|crisp)/.test(action);
    if (event.repeat && !repeats) return;
    if (action === "hideOthers") this.#held.add(key);
    this.acts[action](event);
  }

  /** A button pressed by the mouse does not keep the focus: Enter and Space are the picture's, not the button's again.
   * (`:focus-visible` cannot tell: it holds as soon as a key is pressed.) */
  #giveBackKeys(event) {
    const pressed = event.detail > 0 && event.target.closest("button");
    if (!pressed || pressed.closest("dialog") || pressed.getRootNode().activeElement !== pressed) return;
    this.stage.element.focus({ preventScroll: true });
  }

  /** Whoever presses a button beside the picture means the frame in hand. */
  #pressed(event) {
    this.#digits.forget();
    this.#closeMenus(event);
    const around = [this.strip?.element, this.stage.element];
    if (!event.composedPath().some((element) => around.includes(element))) this.frames.back();
  }

  /** A menu closes by Escape, or by a press beside it. True when one was open. */
  #closeMenus(event) {
    const open = [...this.root.querySelectorAll(".header details[open]")];
    const closing = event.key === "Escape" ? open : open.filter((menu) => !event.composedPath().includes(menu));
    for (const menu of closing) menu.open = false;
    return closing.length > 0;
  }

  #keyUp(event) {
    if (event.key === " ") this.stage.space = false;
    if (this.#held.size && this.keymap.actionOf(keyOf(event)) === "hideOthers") this.#release();
    if (this.stage?.element) this.stage.element.style.cursor = this.stage.pointer;
  }

  #release() {
    this.#held.clear();
    this.stage.space = false;
    this.#hide(false);
  }

  showAgain() {
    this.#hide(false);
  }

  #hide(hidden) {
    this.stage.hideOthers = hidden;
    this.pins.layer.hidden = hidden || this.frames.viewing;
    this.stage.redraw("objects", "overlay");
  }
}

function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Whether the person is writing text just now. */
function typing(target) {
  return target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
    (target.tagName === "INPUT" && !/^(button|checkbox|radio|range)$/.test(target.type));
}

export const mount = (now, base) => mountBench(now, base, Workbench);
