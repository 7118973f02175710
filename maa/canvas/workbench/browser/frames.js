// The frames around the one in hand: which of them is looked at, playing them, and the outlines of labeled ones.
// Looking changes nothing; what is taken over comes as a pre-label. No DOM.

import { BY_HAND } from "./desk.js";
import { contains } from "./geometry.js";
import { boundsOfObject } from "./objects.js";

/** Frames to each side among which a labeled neighbour is looked for. */
export const NEAR = 5;
/** Frames to each side that are played. */
export const PLAYED = 12;
const PACE = 120; // ms a frame
const PATIENCE = 2000; // ms for a picture that does not come
const AHEAD = 4; // pictures that are fetched before they are played
const AT_ONCE = 100; // objects of one call
/** Groups of actions that go on while another frame is looked at. */
const GO_ON = new Set(["Look", "Frames"]);

const SHOWN = "maa.neighbours";
const NOT_NOW = "The nearby frames cannot be loaded right now. Try again.";

/** What is said of an object that was taken over; of what the model has followed the status line says enough. */
const HOW = {
  model: "",
  motion: "The model is unsure here: this is the outline moved along with the object. Repair it where it is wrong.",
  copied: "The object could not be followed: this is its outline from the other frame. Repair it, or delete it.",
  "": "It is already on this frame.",
};

export class Frames {
  #tiles = new Map(); // image -> Tiles
  #outlines = new Map(); // image -> objects
  #coming = new Map(); // image -> what is settled once its outlines have come, or cannot
  #where = null; // the same for where this frame is
  #known = false;
  #playing = 0; // counts up with each start and stop
  #looked = { steps: 0, plays: 0, since: 0 };

  /** `sequence`: whether the image is a frame of one. `tilesOf(image)` makes what fetches and draws a frame's
   * picture; `changed()` after every change of what is seen; `wait(ms)` resolves after a time. */
  constructor({ desk, server, storage, sequence, tilesOf, changed, wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms)) }) {
    Object.assign(this, { desk, server, storage, sequence, tilesOf, changed, wait });
    desk.frames = this;
    /** [{image, number, labeled}] in their order, the one in hand among them; empty when it is no frame. */
    this.list = [];
    this.here = this.at = 0;
    this.place = this.of = 0;
    this.video = null;
    this.seconds = null;
    this.playing = false;
    this.carrying = false;
    /** Whether the neighbours' outlines are shown. */
    this.shown = false;
    try {
      this.shown = storage.getItem(SHOWN) === "1";
    } catch {
      // Off, then.
    }
  }

  /** Hear from the server where this frame is. Without an answer there is nothing to look at, and no harm done:
   * the next key asks again. */
  load() {
    return (this.#where ??= this.#load());
  }

  async #load() {
    try {
      const { frames, ...where } = await this.server.call("frames");
      Object.assign(this, where, { list: frames.map(([image, number, labeled]) => ({ image, number, labeled })) });
    } catch {
      this.#where = null;
      return;
    }
    this.#known = true;
    this.here = this.at = Math.max(0, this.list.findIndex(({ image }) => image === this.desk.image.id));
    this.#needOutlines();
    this.changed();
  }

  /** Another frame than the one in hand is on the stage. */
  get viewing() {
    return this.list.length > 0 && (this.at !== this.here || this.playing);
  }

  /** What is on the stage instead of the picture in hand: {tiles, coarse}; null: that one. */
  get picture() {
    const frame = this.list[this.at];
    return this.at === this.here || !frame ? null : { tiles: this.#tilesOf(frame), coarse: this.playing };
  }

  // --- looking ---

  step(by) {
    if (!this.#any(() => this.step(by))) return;
    this.#stop();
    const to = this.at + by;
    if (to < 0 || to >= this.list.length) return this.desk.say(by < 0 ? "There is no earlier frame to look at." : "There is no later frame to look at.");
    this.look(to);
  }

  /** Go to a frame and stay there. */
  look(to) {
    this.#stop();
    if (to !== this.at) this.#count("steps");
    this.at = to;
    for (const next of [to - 1, to + 1]) this.#fetch(next);
    this.#needOutlines();
    if (!this.viewing) this.#tellLooked();
    this.changed();
  }

  /** Play the frames around the one in hand, or stop where it is. */
  async play() {
    if (!this.#any(() => this.play())) return;
    if (this.playing) return this.look(this.at);
    const last = Math.min(this.list.length - 1, this.here + PLAYED);
    const first = this.viewing && this.at < last ? this.at : Math.max(0, this.here - PLAYED);
    const mine = ++this.#playing;
    this.playing = true;
    this.#count("plays");
    for (let at = first; at <= last; at++) {
      for (let next = at + 1; next <= Math.min(last, at + AHEAD); next++) this.#fetch(next);
      await Promise.race([this.#fetch(at), this.wait(PATIENCE)]);
      if (mine !== this.#playing) return;
      this.at = at;
      this.changed();
      await this.wait(PACE);
      if (mine !== this.#playing) return;
    }
    this.back();
  }

  /** The frame in hand again. */
  back() {
    if (!this.viewing) return;
    this.#stop();
    this.at = this.here;
    this.#tellLooked();
    this.changed();
  }

  /** What would change something first brings the frame in hand back, and does no more: true. `group`: of the action. */
  stops(group) {
    if (!this.viewing || GO_ON.has(group)) return false;
    this.back();
    this.desk.say("Back on your frame.");
    return true;
  }

  dispose() {
    this.#stop();
    if (this.viewing) this.#tellLooked();
    this.list = [];
  }

  // --- outlines of others ---

  toggle() {
    if (!this.#any(() => this.toggle())) return;
    this.shown = !this.shown;
    try {
      this.storage.setItem(SHOWN, this.shown ? "1" : "0");
    } catch {
      // It holds until the page is left.
    }
    this.#needOutlines();
    if (this.shown && !this.#sources().length) this.desk.say("No nearby frame is labeled yet.");
    this.changed();
  }

  /** The outlines over the picture: [{id, class, outline, image}]; of the frame that is looked at, else of the
   * nearest labeled ones before and after the one in hand. */
  get outlines() {
    if (!this.shown || this.playing) return [];
    return this.#sources().flatMap(({ image }) => (this.#outlines.get(image) ?? []).map((object) => ({ ...object, image })));
  }

  /** Take the object under an image point over into this frame. */
  carry(point) {
    if (!this.#any(() => this.carry(point))) return;
    if (!this.shown) {
      this.toggle();
      return this.#sources().length ? this.desk.say("Here are the neighbours' outlines: point at one to take it over.") : undefined;
    }
    const object = point && this.#under(point);
    if (!object) return this.desk.say("Point at a neighbour's outline to take it over.");
    return this.#take(object.image, [object.id]);
  }

  /** Take over everything of the frame that is looked at, else of the nearest labeled one before, or after. */
  async carryAll() {
    if (!this.#any(() => this.carryAll())) return;
    const [frame] = this.#sources();
    if (!frame) return this.desk.say("No nearby frame is labeled yet.");
    await this.#fetchOutlines(frame.image);
    if (!this.#outlines.has(frame.image)) return this.desk.say(NOT_NOW);
    const ids = this.#outlines.get(frame.image).map(({ id }) => id);
    return ids.length ? this.#take(frame.image, ids) : this.desk.say("That frame has no objects.");
  }

  // --- within ---

  /** Whether there are frames. While that is not known yet, `again` is called once it is. */
  #any(again) {
    if (this.list.length) return true;
    if (!this.sequence || this.#known) this.desk.say("This image is not part of a sequence.");
    else this.load().then(() => (this.#known ? again() : this.desk.say(NOT_NOW)));
    return false;
  }

  #stop() {
    this.#playing++;
    this.playing = false;
  }

  /** The frames whose outlines are shown: the nearest one before the one in hand comes first. */
  #sources() {
    if (this.viewing) return this.list[this.at]?.labeled ? [this.list[this.at]] : [];
    const before = this.list.slice(Math.max(0, this.here - NEAR), this.here).reverse();
    const after = this.list.slice(this.here + 1, this.here + 1 + NEAR);
    return [before, after].map((side) => side.find(({ labeled }) => labeled)).filter(Boolean);
  }

  #needOutlines() {
    if (this.shown && !this.playing) for (const { image } of this.#sources()) this.#fetchOutlines(image);
  }

  /** Settled once they are here, or cannot be had now: they are asked for again with the next step. */
  #fetchOutlines(image) {
    if (!this.#coming.has(image)) this.#coming.set(image, this.#ask(image));
    return this.#coming.get(image);
  }

  async #ask(image) {
    try {
      this.#outlines.set(image, (await this.server.call("outlines", { image })).objects);
      this.changed();
    } catch {
      this.#coming.delete(image);
    }
  }

  /** The smallest outline under a point, those of the frame before first. */
  #under(point) {
    for (const { image } of this.#sources()) {
      const hit = (this.#outlines.get(image) ?? []).filter((object) => contains(object.outline, point));
      const size = ([l, t, r, b]) => (r - l) * (b - t);
      if (hit.length) return { ...hit.sort((a, b) => size(boundsOfObject(a)) - size(boundsOfObject(b)))[0], image };
    }
    return null;
  }

  async #take(image, ids) {
    const { desk } = this;
    if (this.carrying || !desk.begin()) return;
    if (desk.byHand) return desk.say(BY_HAND);
    this.carrying = true;
    desk.say(ids.length > 1 ? `Following ${ids.length} objects into this frame…` : "Following it into this frame…");
    this.changed();
    const taken = [], how = [];
    try {
      for (let first = 0; first < ids.length; first += AT_ONCE) {
        const answer = await this.server.call("carry", { image, annotations: ids.slice(first, first + AT_ONCE) });
        taken.push(...answer.annotations);
        how.push(...answer.how);
      }
    } catch (error) {
      desk.fail(error);
    } finally {
      this.carrying = false;
    }
    this.back();
    this.#takeIn(taken, how);
    this.changed();
  }

  #takeIn(annotations, how) {
    const { desk } = this;
    const locals = annotations.map((annotation) => desk.objects.add(annotation));
    const made = locals.filter((_, i) => how[i]).map((local) => desk.objects.get(local));
    if (made.length) {
      desk.history.push({
        undo: () => { for (const { local } of made) desk.objects.delete(local); desk.tell(); },
        redo: () => { for (const object of made) desk.objects.restore(object); desk.tell(); },
      });
    }
    if (locals.length === 1) {
      if (!desk.isOpen) desk.open(locals[0]);
      return desk.say(HOW[how[0]]);
    }
    if (!locals.length) return;
    const unsure = how.filter((one) => one === "motion" || one === "copied").length;
    const there = how.filter((one) => !one).length;
    desk.say([`Taken over: ${made.length}`, unsure && `${unsure} that the model is unsure of`, there && `${there} already here`].filter(Boolean).join(", ") + ".");
  }

  #tilesOf({ image }) {
    if (!this.#tiles.has(image)) this.#tiles.set(image, this.tilesOf(image));
    return this.#tiles.get(image);
  }

  /** Have a frame's coarse picture here. */
  async #fetch(at) {
    if (at === this.here || !this.list[at]) return;
    await this.#tilesOf(this.list[at]).coarse();
  }

  #count(what) {
    this.#looked.since ||= this.desk.clock();
    this.#looked[what]++;
    this.desk.taskTime.touch(this.desk.clock());
    this.desk.acted = true;
  }

  #tellLooked() {
    const { steps, plays, since } = this.#looked;
    this.#looked = { steps: 0, plays: 0, since: 0 };
    const seconds = Math.max(0, Math.round((this.desk.clock() - since) * 10) / 10);
    if (steps || plays) this.server.call("looked", { steps, plays, seconds }).catch(() => {});
  }
}
