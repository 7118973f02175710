// The picture: three canvases over each other (photo, saved objects, what is open), what they show, and what a
// pointer does on them. Coordinates that leave this module are image pixels.

import * as paint from "./paint.js";
import * as viewing from "./view.js";
import { contains } from "./geometry.js";
import { boundsOfObject } from "./objects.js";
import { ObjectsLayer } from "./objects_layer.js";

const LAYERS = ["photo", "objects", "overlay"];
export const LOADING = "The image is still loading…";
/** Screen pixels past the image's edge that still count as a click on the edge. */
const OUTSIDE = 40;

/** The least number of CSS pixels that is a whole number of device pixels too, where there is a small one. */
export function gridOf(ratio) {
  for (const step of [1, 2, 3, 4]) if (Math.abs(step * ratio - Math.round(step * ratio)) < 1e-6) return step;
  return 1 / ratio;
}

export class Stage {
  #dirty = new Set();
  #frame = 0;
  #drag = null;
  #lastTiles = null;
  #stop = new AbortController();

  /** `element` is filled with the canvases; `tools(stage)` makes what answers to pointers (see tools.js);
   * `tiles` draw the photo; `frames` may have another one to look at; `look` holds brightness, contrast, opacity.
   * `moved(view)` hears of each change of the view. */
  constructor({ element, desk, tiles, frames, look, tools, moved = () => {} }) {
    Object.assign(this, { element, desk, tiles, frames, look, moved });
    this.image = desk.image;
    const canvas = (layer) => {
      const made = element.appendChild(document.createElement("canvas"));
      made.dataset.layer = layer;
      return made;
    };
    const photo = canvas("photo");
    this.objects = new ObjectsLayer(() => canvas("objects"));
    this.canvases = { photo, overlay: canvas("overlay") };
    this.contexts = { photo: photo.getContext("2d"), overlay: this.canvases.overlay.getContext("2d") };
    this.view = null;
    /** Where the pointer is, in screen pixels of the stage, or null. */
    this.cursor = null;
    this.space = false;
    this.hideOthers = false;
    this.lastFrames = [];
    this.tools = tools(this);
    const { signal } = this.#stop;
    const on = (name, act, options = {}) => element.addEventListener(name, act, { signal, ...options });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#up(event, true));
    on("pointerleave", () => { if (!this.#drag) { this.cursor = null; this.redraw("overlay"); } });
    on("wheel", (event) => this.#wheel(event), { passive: false });
    on("contextmenu", (event) => event.preventDefault());
    this.sizes = new ResizeObserver(() => this.measure());
    this.sizes.observe(element.parentElement);
    window.addEventListener("resize", () => this.measure(), { signal });
    this.measure();
  }

  dispose() {
    this.#stop.abort();
    this.sizes.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  // --- the view ---

  /** Take the size that the stage has on the page, in device pixels where the screen is finer. */
  measure() {
    const ratio = window.devicePixelRatio || 1;
    const size = this.#align(ratio);
    const { width, height } = size;
    if (!width || !height) return;
    if (this.view && this.view.width === width && this.view.height === height && ratio === this.ratio) return;
    this.ratio = ratio;
    const pixels = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    for (const canvas of Object.values(this.canvases)) Object.assign(canvas, pixels);
    this.objects.resize(pixels.width, pixels.height);
    this.show(this.view ? viewing.resized(this.view, size) : viewing.fit(size, this.image));
  }

  /** Lay the stage on whole pixels. The browser would move the canvases there all the same, and stretch them;
   * then the picture would not be where its coordinates say, which far out is some image pixels. */
  #align(ratio) {
    const { style } = this.element;
    Object.assign(style, { inset: "0", width: "", height: "" });
    const box = this.element.getBoundingClientRect();
    const step = gridOf(ratio);
    const [left, top] = [box.left, box.top].map((edge) => Math.ceil(edge / step - 0.01) * step);
    const [width, height] = [box.right - left, box.bottom - top].map((side) => Math.floor(side / step + 0.01) * step);
    Object.assign(style, {
      inset: `${top - box.top}px auto auto ${left - box.left}px`, width: `${width}px`, height: `${height}px`,
    });
    return { width, height };
  }

  show(view) {
    this.view = view;
    this.moved(view);
    this.redraw(...LAYERS);
  }

  fit() {
    this.show(viewing.fit(this.view, this.image));
  }

  zoom(factor, at = this.cursor ?? undefined) {
    this.show(viewing.zoomed(this.view, factor, at));
  }

  pan(dx, dy) {
    this.show(viewing.panned(this.view, dx, dy));
  }

  /** A box close up, or the whole image where the box has most of it. */
  focus(box) {
    const near = viewing.around(this.view, box);
    const whole = viewing.fit(this.view, this.image);
    this.show(near.scale > whole.scale ? near : whole);
  }

  /** An image point in the middle, and close enough to see what is meant. */
  goTo([x, y]) {
    const whole = viewing.fit(this.view, this.image).scale;
    const across = this.view.width / Math.max(this.view.scale, 2.5 * whole) / 2;
    const down = this.view.height / Math.max(this.view.scale, 2.5 * whole) / 2;
    this.show(viewing.around(this.view, [x - across, y - down, x + across, y + down], 0));
  }

  /** Bring a box into sight if it is not. */
  reveal(box) {
    if (this.view && !viewing.shows(this.view, box)) this.focus(box);
  }

  /** Image pixels that so many screen pixels span. */
  reach(pixels) {
    return pixels / this.view.scale;
  }

  toImage(at) {
    return viewing.toImage(this.view, at);
  }

  /** A screen point as an image point that can be clicked, or null when it is too far outside. */
  clickable(at) {
    const [x, y] = this.toImage(at);
    const far = this.reach(OUTSIDE);
    const { width, height } = this.image;
    if (x < -far || y < -far || x > width + far || y > height + far) return null;
    return this.desk.within([x, y]);
  }

  /** The saved object under an image point: the smallest of several. */
  objectAt(point) {
    let best = null, least = Infinity;
    for (const object of this.desk.objects.list) {
      if (!object.outline || object.local === this.desk.drawing.base) continue;
      const [l, t, r, b] = boundsOfObject(object);
      if (point[0] < l || point[0] > r || point[1] < t || point[1] > b) continue;
      const size = (r - l) * (b - t);
      if (size < least && contains(object.outline, point)) [best, least] = [object, size];
    }
    return best;
  }

  // --- drawing ---

  /** Draw layers anew with the next frame. */
  redraw(...layers) {
    for (const layer of layers) this.#dirty.add(layer);
    this.#frame ||= requestAnimationFrame(() => this.paint());
  }

  /** Draw now what has changed: for who is in an animation frame already. */
  paint() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (!this.view) return;
    const began = performance.now();
    const layers = [...this.#dirty];
    this.#dirty.clear();
    for (const layer of layers) {
      if (layer === "photo") this.#paintPhoto();
      else if (layer === "objects") this.#putObjects();
      else this.#paintOverlay();
    }
    if (this.objects.step(this.view)) this.redraw();
    const { brightness, contrast } = this.look;
    this.canvases.photo.style.filter = brightness === 1 && contrast === 1 ? "" : `brightness(${brightness}) contrast(${contrast})`;
    this.lastFrames = [...this.lastFrames.slice(-240), { layers, ms: performance.now() - began }];
  }

  /** The photo, or the frame that is looked at; beneath one's own the outlines of others. */
  #paintPhoto() {
    const { frames, desk } = this;
    const { tiles, coarse } = frames.picture ?? { tiles: this.tiles, coarse: false };
    paint.photo(this.contexts.photo, this.view, this.ratio, tiles, coarse);
    // Until it comes, the last picture stays: a moment of darkness at each step would tire the eyes.
    if (tiles.seen) this.#lastTiles = tiles;
    else if (this.#lastTiles) paint.photo(this.contexts.photo, this.view, this.ratio, this.#lastTiles, true);
    const faint = !frames.viewing;
    paint.neighbours(this.contexts.photo, this.view, this.ratio, frames.outlines, (object) => desk.classOf(object.class).color, faint);
  }

  #putObjects() {
    const { desk, look } = this;
    const list = this.hideOthers || this.frames.viewing ? [] : desk.objects.list.filter((object) => object.local !== desk.drawing.base);
    const numbers = new Map(desk.objects.list.map((object, i) => [object.local, i + 1]));
    this.objects.put(this.view, this.ratio, list, {
      opacity: look.opacity,
      style: (object) => this.tools.styleOf(object),
      label: (object) => this.tools.labelOf(object, numbers.get(object.local)),
    });
  }

  #paintOverlay() {
    const context = this.contexts.overlay;
    paint.clear(context);
    if (this.frames.viewing) return;
    this.tools.paint(context);
    if (this.cursor && this.tools.crosshair && !this.#drag?.pan) {
      paint.inScreen(context, this.ratio);
      paint.crosshair(context, this.view, this.cursor);
    }
  }

  // --- pointers ---

  #at(event) {
    const { left, top } = this.element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  #down(event) {
    const at = this.#at(event);
    this.cursor = at;
    this.element.focus({ preventScroll: true });
    if (this.#drag) return; // a second button while dragging
    const panning = event.button === 1 || (event.button === 0 && (this.space || this.tools.idle));
    if (panning) {
      event.preventDefault();
      this.#drag = { pan: true, last: at };
    } else if (this.frames.stops("Draw")) {
      return;
    } else if (!this.tiles.seen) {
      return this.desk.say(this.tiles.loading ? LOADING : ""); // a click would be a guess
    } else if (this.desk.threads.placing && event.button === 0) {
      const place = this.clickable(at);
      if (place) this.desk.threads.placeAt(place);
    } else {
      this.#drag = this.tools.down(at, event);
    }
    if (this.#drag) this.element.setPointerCapture(event.pointerId);
    this.redraw("overlay");
  }

  #move(event) {
    const at = this.#at(event);
    this.cursor = at;
    if (this.#drag?.pan) {
      this.pan(at[0] - this.#drag.last[0], at[1] - this.#drag.last[1]);
      this.#drag.last = at;
    } else if (this.#drag) {
      this.#drag.move?.(at, event);
    } else {
      this.tools.hover(at, event);
    }
    this.moved(this.view);
    this.redraw("overlay");
  }

  #up(event, cancelled = false) {
    const drag = this.#drag;
    this.#drag = null;
    if (drag && !drag.pan) drag.up?.(this.#at(event), event, cancelled);
    this.redraw("overlay");
  }

  #wheel(event) {
    event.preventDefault();
    const per = event.deltaMode ? 0.05 : event.ctrlKey ? 0.01 : 0.0015;
    // A wheel's event has whole pixels, the pointer's has parts of them: closer, the difference is seen.
    const at = this.#at(event);
    const exact = this.cursor && Math.hypot(this.cursor[0] - at[0], this.cursor[1] - at[1]) < 2 ? this.cursor : at;
    this.zoom(Math.exp(Math.min(Math.max(-event.deltaY * per, -0.7), 0.7)), exact);
  }

  /** How the stage's pointer looks. */
  get pointer() {
    if (this.desk.threads.placing) return "crosshair";
    if (this.frames.viewing && !this.#drag && !this.space) return "default";
    return this.#drag?.pan ? "grabbing" : this.space ? "grab" : this.tools.pointer;
  }
}
