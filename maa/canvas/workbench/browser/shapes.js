// Tools that change an outline as a whole: a new stretch of border, holes, parts, splitting, merging, shared
// borders. What needs real geometry is asked of the server; each is one deed that undo takes back.

import { blank, edited, saveOf, toAcceptAgain } from "./drawing.js";
import { boundsOf, countVertices, nearestVertex, replaceStretch, ringsOf } from "./geometry.js";
import { boundsOfObject } from "./objects.js";

/** Image pixels at 100 %: how near a neighbour's border must be to become a shared one. */
const SHARED = 4;

export class Shapes {
  constructor(desk) {
    this.desk = desk;
  }

  /** A click of a path tool. */
  click(at, reach) {
    const { desk } = this;
    const { drawing, tool, path } = desk;
    if (tool === "border") {
      const vertex = nearestVertex(drawing.outline, at, reach);
      if (!path.length) {
        if (!vertex) return desk.say("Start on a vertex of the outline.");
        desk.path = [{ ...vertex, at: drawing.outline[vertex.part][vertex.ring][vertex.index] }];
        return desk.say("Click along the true border, and end on a vertex.");
      }
      const [from] = path;
      if (vertex && vertex.part === from.part && vertex.ring === from.ring && vertex.index !== from.index) {
        desk.path = [];
        const next = replaceStretch(drawing.outline, from, vertex, path.slice(1).map((p) => p.at));
        return desk.edit(next, path.length - 1);
      }
    } else if (path.length >= 3 && tool !== "split") {
      const [x, y] = path[0].at;
      if (Math.hypot(x - at[0], y - at[1]) <= reach) return this.finishPath();
    }
    desk.path = [...path, { at }];
    desk.say(HOW[tool] ?? "");
  }

  /** Act on the path that was clicked. */
  async finishPath() {
    const { desk } = this;
    const { tool } = desk;
    const points = desk.path.map(({ at }) => at);
    if (tool === "border") return desk.say("End on a vertex of the outline.");
    if (points.length < (tool === "split" ? 2 : 3)) return desk.say(HOW[tool]);
    desk.path = [];
    if (tool === "split") return this.split(points);
    const { outline } = desk.drawing;
    const found = await this.#ask({ op: tool, outline, ring: points });
    if (found) desk.edit(found[0], points.length);
  }

  /** The largest piece goes on as the open object; each other is an object of its own. All are saved at once: with
   * one of them left open, dropping it would leave pixels in two objects, or in none. */
  async split(line) {
    const { desk } = this;
    const { drawing } = desk;
    const found = await this.#ask({ op: "split", outline: drawing.outline, line });
    if (!found) return;
    if (found.length < 2) return desk.say("The line does not cut the outline in two: draw it all the way across.");
    const { origin } = saveOf(drawing, 0, desk.base);
    const tool = origin === "assisted" || origin === "prelabel" ? "assisted" : "manual";
    const pieces = found.slice(1).map((outline) =>
      desk.objects.save({ ...blank(tool, drawing.classId), outline, edited: true, touched: true }, 0));
    this.#done(edited(drawing, found[0], line.length), {
      undo: () => { for (const piece of pieces) desk.objects.delete(piece.local); },
      redo: () => { for (const piece of pieces) desk.objects.restore(piece); },
    });
    desk.say(`Split into ${found.length} objects and saved. Undo joins them again.`);
  }

  /** The open outline and a saved object become one. */
  async merge(local) {
    const { desk } = this;
    const { drawing } = desk;
    const other = desk.objects.get(local);
    if (!other?.outline || local === drawing.base) return;
    const found = await this.#ask({ op: "merge", outlines: [drawing.outline, other.outline] });
    if (!found) return;
    const at = desk.objects.list.indexOf(other);
    this.#done(edited(drawing, found[0], 1), {
      undo: () => desk.objects.restore(other, at),
      redo: () => desk.objects.delete(local),
    });
    desk.objects.delete(local); // after the union is on its way
    desk.say("Merged and saved: the other object is now part of this one. Undo separates them.");
  }

  /** Save the open outline as it is after a deed that changed other objects, too: one deed, and it stays open. */
  #done(after, others) {
    const { desk } = this;
    const { drawing } = desk;
    const own = desk.keep(after);
    const open = () => {
      desk.tool = "vertices";
      desk.reopen(desk.objects.get(own.saved.local), drawing.base ? drawing.openedAt : -1);
    };
    desk.history.push({
      undo: () => { own.undo(); others.undo(); desk.set(toAcceptAgain(drawing)); },
      redo: () => { own.redo(); others.redo(); open(); },
    });
    open();
  }

  /** Borders that run along a neighbour's become exactly the neighbour's. */
  async share(scale) {
    const { desk } = this;
    const { drawing } = desk;
    if (!drawing.outline) return desk.say("There is no outline yet.");
    const tolerance = Math.max(SHARED, 6 / scale);
    const [left, top, right, bottom] = boundsOf(drawing.outline);
    const neighbours = desk.objects.list.filter((object) => {
      if (!object.outline || object.local === drawing.base) return false;
      const [l, t, r, b] = boundsOfObject(object);
      return l <= right + tolerance && r >= left - tolerance && t <= bottom + tolerance && b >= top - tolerance;
    });
    if (!neighbours.length) return desk.say("No other object is near enough.");
    const found = await this.#ask({
      op: "share", outline: drawing.outline, neighbours: neighbours.map((object) => object.outline), tolerance,
    });
    if (found) desk.edit(found[0], 1);
  }

  /** Whether the outline crosses itself; it is then untangled in sight of the person, to be accepted again. */
  untangles() {
    const { desk } = this;
    const { drawing } = desk;
    if (!(drawing.edited || drawing.tool === "manual") || !crossesItself(drawing.outline)) return false;
    this.#ask({ op: "repair", outline: drawing.outline }).then((found) => {
      if (!found) return;
      desk.edit(found[0], 0);
      desk.say("The outline crossed itself and was untangled. Look at it, then accept again.");
    });
    return true;
  }

  /** Outlines, or null when the server refused or the drawing went on meanwhile. */
  async #ask(question) {
    const { desk } = this;
    const { drawing } = desk;
    desk.busy = true;
    desk.say("");
    try {
      const { outlines } = await desk.server.call("shape", question);
      if (desk.drawing.outline === drawing.outline && desk.drawing.number === drawing.number) return outlines;
      desk.say("The outline has changed in the meantime, so nothing was done. Try again.");
    } catch (error) {
      desk.fail(error);
    } finally {
      desk.busy = false;
    }
    return null;
  }
}

const HOW = {
  border: "Click along the true border, and end on a vertex.",
  cut: "Click around what is too much; Enter, or a click on the first point, cuts it out.",
  add: "Click around what is missing; Enter, or a click on the first point, adds it.",
  split: "Click a line all the way across the outline; Enter splits.",
};

/** Whether any two edges of an outline's rings cross. Large outlines are left to the server. */
export function crossesItself(outline) {
  if (countVertices(outline) > 1200) return false;
  const edges = [];
  for (const [ring] of ringsOf(outline)) ring.forEach((a, i) => edges.push([a, ring[(i + 1) % ring.length]]));
  const side = (a, b, c) => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
  for (let i = 0; i < edges.length; i++) {
    const [a, b] = edges[i];
    for (let j = i + 1; j < edges.length; j++) {
      const [c, d] = edges[j];
      if (Math.max(a[0], b[0]) < Math.min(c[0], d[0]) || Math.max(c[0], d[0]) < Math.min(a[0], b[0])) continue;
      if (a === d || b === c || a === c || b === d) continue;
      if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) return true;
    }
  }
  return false;
}
