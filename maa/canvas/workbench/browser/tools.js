// What a pointer does on the stage with the tool in hand, and how what is open looks.

import * as paint from "./paint.js";
import { insertVertex, moveVertices, nearestEdge, nearestVertex, polygonThrough, snapped, verticesWithin } from "./geometry.js";
import { PATH_TOOLS } from "./desk.js";
import { isQuestion } from "./drawing.js";

/** Screen pixels: how near to a vertex, a point or an edge the pointer has to be. */
const REACH = 8;
const EDGE_REACH = 6;
/** Two clicks within these ms and screen pixels are one: the hand clicks twice out of habit. */
const DOUBLE_CLICK = 500;
const DOUBLE_REACH = 4;
/** Screen pixels: a shorter move is a click. */
const CLICK = 3;
const SNAP_REACH = 9;

const same = (a, b) => a.part === b.part && a.ring === b.ring && a.index === b.index;
const far = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

let drags = 0;

export class AnnotateTools {
  #clicked = { when: -Infinity, at: [0, 0] }; // the click that made a point last

  constructor(stage) {
    this.stage = stage;
    this.desk = stage.desk;
    /** What lies under the pointer. */
    this.hovered = { vertex: null, edge: null, point: -1, object: null };
    this.band = null;
    this.dragging = false;
  }

  /** Nothing can be drawn: the left button moves the view. */
  get idle() {
    return this.desk.readOnly;
  }

  get crosshair() {
    return !this.idle && this.desk.tool !== "select" && !this.dragging;
  }

  get pointer() {
    const { vertex, point, edge, object } = this.hovered;
    if (this.idle) return "grab";
    if (["select", "merge"].includes(this.desk.tool)) return object ? "pointer" : "default";
    if (vertex || point >= 0) return "move";
    return edge && this.desk.tool === "vertices" ? "copy" : "none";
  }

  styleOf(object) {
    const { desk, hovered } = this;
    const chosen = hovered.object === object.local || this.desk.marked === object.local;
    return {
      color: object.state === "failed" ? "#ff3b30" : desk.classOf(object.class).color,
      width: chosen ? 4 : 1.8, dashed: object.prelabel || (Boolean(object.remark) && !object.remark.changed),
      empty: object.prelabel,
    };
  }

  labelOf(object, number) {
    const { remark } = object;
    const said = remark && !remark.changed ? ` ! ${remark.reason || "look again"}` : "";
    const percent = object.confidence === null ? "" : ` ${Math.round(100 * object.confidence)} %`;
    const sure = object.prelabel ? ` ?${percent}` : "";
    return `${number} ${this.desk.classOf(object.class).name}${sure}${said}`;
  }

  hover(at, event) {
    const { desk, stage } = this;
    const p = stage.toImage(at);
    const before = this.hovered.object;
    const { outline, points } = desk.drawing;
    const found = { vertex: null, edge: null, point: -1, object: null };
    if (!desk.readOnly) {
      const reach = stage.reach(REACH);
      if (["prompt", "manual"].includes(desk.tool)) {
        points.forEach((point, i) => { if (far(point, p) <= reach) found.point = i; });
      }
      if (outline && found.point < 0 && ["prompt", "vertices", "border"].includes(desk.tool)) {
        found.vertex = nearestVertex(outline, p, reach);
        if (!found.vertex && desk.tool === "vertices") found.edge = nearestEdge(outline, p, stage.reach(EDGE_REACH));
      }
      if (["select", "merge"].includes(desk.tool) || event?.shiftKey) found.object = stage.objectAt(p)?.local ?? null;
    }
    this.hovered = found;
    if (before !== found.object) stage.redraw("objects");
  }

  /** A button went down: acts, and returns what a drag from here does (or null). */
  down(at, event) {
    const { desk, stage } = this;
    this.hover(at, event);
    const p = stage.clickable(at);
    if (!p) return null;
    const right = event.button === 2;
    if (right && event.ctrlKey) return null;
    if (event.shiftKey && event.button === 0 && ["prompt", "manual"].includes(desk.tool)) {
      const object = stage.objectAt(stage.toImage(at));
      if (object) desk.open(object.local);
      return null;
    }
    if (desk.tool === "prompt") return this.#prompt(at, p, event);
    if (desk.tool === "manual") return this.#manual(at, p, event);
    if (desk.tool === "vertices") return this.#vertices(at, p, event);
    if (PATH_TOOLS.has(desk.tool)) {
      if (right) desk.path.length && desk.undo();
      else desk.shapes.click(desk.snap ? this.#snap(p) : p, stage.reach(REACH));
      return null;
    }
    const object = stage.objectAt(stage.toImage(at));
    if (!object) desk.say(desk.tool === "merge" ? "Click the object to merge with." : "Click an object to open it.");
    else if (desk.tool === "merge") desk.shapes.merge(object.local);
    else desk.open(object.local);
    return null;
  }

  #prompt(at, p, event) {
    const { desk } = this;
    const { point, vertex } = this.hovered;
    if (event.button === 2) {
      if (point >= 0) desk.removePoint(point);
      else desk.point(p, "outside");
      return null;
    }
    const kind = event.altKey || event.ctrlKey || event.metaKey ? "inside" : "boundary";
    const click = () => {
      this.#clicked = { when: event.timeStamp, at };
      desk.point(p, kind);
    };
    if (point >= 0) {
      const { when, at: last } = this.#clicked;
      const double = event.timeStamp - when <= DOUBLE_CLICK && far(at, last) <= DOUBLE_REACH;
      // One place can be two of the four points, as the nose of a plane; and small objects' lie side by side, so
      // that a hand which moves a little while it clicks means a click.
      const placing = kind === "boundary" && !desk.drawing.prior && !isQuestion(desk.drawing);
      const once = () => desk.say("A double click counts once. If this place is two of the four points, click it again.");
      return this.#dragPoint(at, point, !placing ? null : double ? once : click, placing ? REACH : CLICK);
    }
    // A click beside a vertex repairs; only a drag takes the vertex along.
    if (vertex) return this.#dragVertices(at, [vertex], { click });
    click();
    return null;
  }

  #manual(at, p, event) {
    const { desk } = this;
    const { point } = this.hovered;
    if (event.button === 2) {
      if (point >= 0) desk.removePoint(point);
      else desk.undo();
      return null;
    }
    if (point === 0 && desk.drawing.points.length >= 3) return this.#dragPoint(at, 0, () => desk.accept());
    if (point >= 0) return this.#dragPoint(at, point);
    desk.point(desk.snap ? this.#snap(p) : p);
    return null;
  }

  #vertices(at, p, event) {
    const { desk } = this;
    const { vertex, edge } = this.hovered;
    if (vertex && (event.button === 2 || event.altKey)) {
      desk.selected = [vertex];
      desk.deleteSelected();
      return null;
    }
    if (event.button !== 0) return null;
    if (vertex) {
      const chosen = desk.selected.some((place) => same(place, vertex));
      if (event.shiftKey) {
        desk.selected = chosen ? desk.selected.filter((place) => !same(place, vertex)) : [...desk.selected, vertex];
        desk.changed();
        return null;
      }
      if (!chosen) desk.selected = [vertex];
      desk.changed();
      return this.#dragVertices(at, desk.selected);
    }
    if (edge) {
      const place = { ...edge, index: edge.index + 1 };
      const merge = `edge ${++drags}`;
      desk.edit(insertVertex(desk.drawing.outline, edge, p), 1, merge);
      desk.selected = [place];
      return this.#dragVertices(at, [place], { merge, changes: 0 });
    }
    return this.#rubberBand(p, event.shiftKey);
  }

  #dragPoint(at, index, click = null, slack = CLICK) {
    const { desk, stage } = this;
    let moved = false;
    return {
      move: (now) => {
        moved ||= far(at, now) > slack;
        const p = moved && stage.clickable(now);
        if (p) desk.movePoint(index, p, false);
      },
      up: (now, event, cancelled) => {
        if (moved) desk.history.seal();
        else if (!cancelled) click?.();
      },
    };
  }

  /** Vertices follow the pointer from a press at `at`; without a move it was a click. One deed, which counts
   * `changes` vertices as moved. */
  #dragVertices(at, places, { click = null, merge = `drag ${++drags}`, changes = places.length } = {}) {
    const { desk, stage } = this;
    const base = desk.drawing.outline;
    const start = stage.toImage(at);
    let moved = false, uncounted = changes;
    return {
      move: (now) => {
        moved ||= far(at, now) > CLICK;
        if (!moved) return;
        const to = stage.toImage(now);
        let [dx, dy] = [to[0] - start[0], to[1] - start[1]];
        if (desk.snap && places.length === 1) {
          const own = pointAt(base, places[0]);
          const drawn = this.#snap([own[0] + dx, own[1] + dy]);
          [dx, dy] = [drawn[0] - own[0], drawn[1] - own[1]];
        }
        const moves = places.map((place) => {
          const [x, y] = pointAt(base, place);
          return [place, desk.within([x + dx, y + dy])];
        });
        desk.edit(moveVertices(base, moves), uncounted, merge);
        uncounted = 0;
        this.dragging = true;
      },
      up: (now, event, cancelled) => {
        this.dragging = false;
        desk.history.seal();
        if (!moved && !cancelled) click?.();
      },
    };
  }

  #rubberBand(from, add) {
    const { desk, stage } = this;
    const before = add ? desk.selected : [];
    this.band = null;
    return {
      move: (now) => {
        const to = stage.toImage(now);
        this.band = [from, to];
        const found = verticesWithin(desk.drawing.outline ?? [], from, to);
        desk.selected = [...before.filter((place) => !found.some((other) => same(place, other))), ...found];
      },
      up: () => {
        if (!this.band) desk.selected = before;
        this.band = null;
        desk.changed();
      },
    };
  }

  #snap(p) {
    const { desk, stage } = this;
    const outlines = desk.objects.list
      .filter((object) => object.outline && object.local !== desk.drawing.base)
      .map((object) => object.outline);
    return desk.within(snapped(p, outlines, stage.reach(SNAP_REACH)));
  }

  /** Delete the selected vertices, else the click under the pointer. */
  deleteSelected() {
    const { desk, hovered } = this;
    if (desk.selected.length) return desk.deleteSelected();
    if (hovered.point >= 0) {
      desk.removePoint(hovered.point);
      this.hovered.point = -1;
    } else if (hovered.vertex && desk.tool === "vertices") {
      desk.selected = [hovered.vertex];
      desk.deleteSelected();
    } else {
      desk.say("Nothing is selected: drag a box over vertices (vertex tool), or point at a click.");
    }
  }

  paint(context) {
    const { desk, stage } = this;
    const { drawing } = desk;
    const { view, ratio, look } = stage;
    const color = desk.classOf(drawing.classId).color;
    paint.inImage(context, view, ratio);
    for (const object of desk.objects.list) {
      if (!object.outline && object.points) this.#ghost(context, object);
    }
    paint.inImage(context, view, ratio);
    if (desk.preview && desk.asking) paint.outline(context, view, desk.preview, color, { opacity: 0.1, dashed: true });
    else if (drawing.outline) {
      const stale = desk.asking;
      paint.outline(context, view, drawing.outline, color, { opacity: stale ? look.opacity / 2 : look.opacity, dashed: stale });
    }
    paint.inScreen(context, ratio);
    const cursor = stage.cursor && !this.idle ? stage.toImage(stage.cursor) : null;
    if (drawing.tool === "manual" && !drawing.edited && desk.tool === "manual") {
      paint.path(context, view, drawing.points, cursor, color, polygonThrough(drawing.points));
    }
    if (drawing.outline && ["vertices", "border"].includes(desk.tool)) {
      paint.handles(context, view, drawing.outline, { selected: desk.selected, hovered: this.hovered.vertex, color });
    } else if (drawing.outline && this.hovered.vertex) {
      paint.handles(context, view, [[[pointAt(drawing.outline, this.hovered.vertex)]]], { color });
    }
    if (desk.tool !== "vertices") paint.points(context, view, drawing.points, this.hovered.point);
    if (desk.path.length) {
      paint.path(context, view, desk.path.map((p) => p.at), cursor, "#ffd23f", desk.tool !== "split" && desk.tool !== "border");
    }
    if (this.band) paint.band(context, view, ...this.band);
  }

  /** An accepted object whose outline is still on its way: its clicks. */
  #ghost(context, object) {
    const { view, ratio } = this.stage;
    paint.inScreen(context, ratio);
    context.globalAlpha = 0.5;
    paint.points(context, view, object.points);
    context.globalAlpha = 1;
  }
}

const pointAt = (outline, { part, ring, index }) => outline[part]?.[ring]?.[index] ?? [-1e6, -1e6];
