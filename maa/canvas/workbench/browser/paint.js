// Drawing on the stage's canvases. `ratio` is the screen's device pixels a CSS pixel.

import { ringsOf } from "./geometry.js";
import { boundsOfObject } from "./objects.js";
import { toScreen, visible } from "./view.js";

const paths = new WeakMap();
const LABELS = 300; // objects in sight; with more, labels would hide them
const TAG = 16; // screen pixels: a label's height

/** A Path2D of an outline in image pixels, made once an outline. */
export function pathOf(outline) {
  let path = paths.get(outline);
  if (!path) {
    path = new Path2D();
    for (const [ring] of ringsOf(outline)) {
      ring.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
      path.closePath();
    }
    paths.set(outline, path);
  }
  return path;
}

export function clear(context) {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
}

/** From now on, `context` draws in image pixels. */
export function inImage(context, view, ratio) {
  const scale = view.scale * ratio;
  context.setTransform(scale, 0, 0, scale, -view.left * scale, -view.top * scale);
}

/** ... in screen pixels. */
export function inScreen(context, ratio) {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

export function photo(context, view, ratio, tiles, coarse) {
  clear(context);
  inImage(context, view, ratio);
  const box = visible(view);
  context.save();
  context.beginPath();
  context.rect(0, 0, view.imageWidth, view.imageHeight);
  context.clip();
  tiles.draw(context, box, view.scale, ratio, coarse);
  context.restore();
}

/** Outlines of other frames in their classes' colours; `faint` ones are not to be taken for one's own. */
export function neighbours(context, view, ratio, list, colorOf, faint) {
  inImage(context, view, ratio);
  context.lineJoin = "round";
  context.globalAlpha = faint ? 0.65 : 1;
  for (const object of list) {
    const path = pathOf(object.outline);
    context.setLineDash([3 / view.scale, 4 / view.scale]); // shorter than a pre-label's
    for (const [color, width] of [["rgba(0, 0, 0, 0.3)", 3], [colorOf(object), 1.8]]) {
      context.strokeStyle = color;
      context.lineWidth = width / view.scale;
      context.stroke(path);
    }
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** Outlines of saved objects. `style(object)` gives {color, width, dashed, empty}; an empty one is not filled. */
export function objects(context, view, ratio, list, { opacity, style }) {
  inImage(context, view, ratio);
  context.lineJoin = "round";
  for (const object of list) {
    const { color, width, dashed, empty } = style(object);
    const path = pathOf(object.outline);
    context.globalAlpha = opacity;
    context.fillStyle = color;
    if (opacity > 0 && !empty) context.fill(path, "evenodd");
    context.globalAlpha = 1;
    context.strokeStyle = color;
    context.lineWidth = width / view.scale;
    context.setLineDash(dashed ? [6 / view.scale, 4 / view.scale] : []);
    context.stroke(path);
  }
  context.setLineDash([]);
}

/** Their names, where they are large enough to carry one and few enough to be read. */
export function labels(context, view, ratio, list, { label, style }) {
  if (list.length > LABELS) return;
  inScreen(context, ratio);
  context.font = "12px system-ui, sans-serif";
  const taken = [];
  for (const object of list) {
    const [l, t, r, b] = boundsOfObject(object);
    if ((r - l) * view.scale < 14 || (b - t) * view.scale < 14) continue;
    const [x, y] = toScreen(view, topVertex(object.outline));
    const text = label(object);
    const place = tagPlace(taken, x - 3, y - 19, context.measureText(text).width + 8, view);
    taken.push(place);
    tag(context, text, place, style(object).color);
  }
}

function topVertex(outline) {
  let best = outline[0][0][0];
  for (const point of outline[0][0]) if (point[1] < best[1]) best = point;
  return best;
}

/** Where a tag goes whose corner is best at (left, top): inside the view, and beside those that are there. */
export function tagPlace(taken, left, top, width, view) {
  left = Math.max(0, Math.min(left, view.width - width));
  const isFree = (y) => y >= 0 && y + TAG <= view.height
    && !taken.some((other) => Math.abs(other.top - y) < TAG && left < other.left + other.width && other.left < left + width);
  const tried = [0, -1, 1, -2, 2].map((step) => Math.max(0, top) + step * (TAG + 1));
  return { left, top: tried.find(isFree) ?? Math.max(0, top), width };
}

function tag(context, text, { left, top, width }, color) {
  context.globalAlpha = 0.75;
  context.fillStyle = "#10141b";
  context.fillRect(left, top, width, TAG);
  context.globalAlpha = 1;
  context.fillStyle = color;
  context.fillRect(left, top, 3, TAG);
  context.fillStyle = "#ffffff";
  context.fillText(text, left + 6, top + 12);
}

/** An outline that is open: filled lightly, with a line that is seen on any ground. */
export function outline(context, view, rings, color, { opacity = 0.2, dashed = false, width = 2 } = {}) {
  const path = pathOf(rings);
  context.lineJoin = "round";
  context.globalAlpha = opacity;
  context.fillStyle = color;
  context.fill(path, "evenodd");
  context.globalAlpha = 1;
  context.setLineDash(dashed ? [6 / view.scale, 5 / view.scale] : []);
  context.strokeStyle = "rgba(0, 0, 0, 0.55)";
  context.lineWidth = (width + 2) / view.scale;
  context.stroke(path);
  context.strokeStyle = color;
  context.lineWidth = width / view.scale;
  context.stroke(path);
  context.setLineDash([]);
}

/** Squares at the vertices; `selected` and `hovered` are places. Drawn in screen pixels. */
export function handles(context, view, rings, { selected = [], hovered = null, color }) {
  const chosen = new Set(selected.map(placeName));
  const under = hovered && placeName(hovered);
  const [left, top, right, bottom] = visible(view);
  for (const [ring, part, number] of ringsOf(rings)) {
    ring.forEach((point, index) => {
      if (point[0] < left || point[0] > right || point[1] < top || point[1] > bottom) return;
      const [x, y] = toScreen(view, point);
      const name = `${part}/${number}/${index}`;
      const half = name === under ? 5 : chosen.has(name) ? 4.5 : 3.5;
      context.fillStyle = chosen.has(name) ? "#ffd23f" : "#ffffff";
      context.strokeStyle = name === under ? "#ffd23f" : color;
      context.lineWidth = 1.5;
      context.beginPath();
      context.rect(x - half, y - half, 2 * half, 2 * half);
      context.fill();
      context.stroke();
    });
  }
}

const placeName = ({ part, ring, index }) => `${part}/${ring}/${index}`;

const POINT_COLORS = { boundary: "#27c26c", inside: "#3f8cff", outside: "#f0483e" };

/** The clicks. Boundary points are dots, inside ones carry a plus, outside ones a minus. */
export function points(context, view, list, hovered = -1) {
  list.forEach(([px, py, kind], index) => {
    const [x, y] = toScreen(view, [px, py]);
    const radius = index === hovered ? 6.5 : 4.5;
    context.fillStyle = POINT_COLORS[kind] ?? POINT_COLORS.boundary;
    context.strokeStyle = "#ffffff";
    context.lineWidth = 1.8;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
    if (kind === "boundary") return;
    context.lineWidth = 1.4;
    context.beginPath();
    context.moveTo(x - 2.5, y);
    context.lineTo(x + 2.5, y);
    if (kind === "inside") {
      context.moveTo(x, y - 2.5);
      context.lineTo(x, y + 2.5);
    }
    context.stroke();
  });
}

/** A line of clicks with the cursor as its next point. */
export function path(context, view, line, cursor, color, closed) {
  const all = cursor ? [...line, cursor] : line;
  if (!all.length) return;
  context.beginPath();
  all.forEach((point, i) => {
    const [x, y] = toScreen(view, point);
    if (i) context.lineTo(x, y);
    else context.moveTo(x, y);
  });
  if (closed && all.length > 2) context.closePath();
  context.setLineDash([5, 4]);
  context.strokeStyle = "#000000";
  context.lineWidth = 3.5;
  context.stroke();
  context.strokeStyle = color;
  context.lineWidth = 1.8;
  context.stroke();
  context.setLineDash([]);
  for (const point of line) {
    const [x, y] = toScreen(view, point);
    context.fillStyle = color;
    context.fillRect(x - 3, y - 3, 6, 6);
  }
}

/** Lines over the full width and height of the stage, seen on any ground. */
export function crosshair(context, view, [x, y]) {
  for (const [color, width] of [["rgba(0, 0, 0, 0.55)", 3], ["rgba(255, 255, 255, 0.9)", 1]]) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(view.width, y);
    context.moveTo(x, 0);
    context.lineTo(x, view.height);
    context.stroke();
  }
}

export function band(context, view, from, to) {
  const [x0, y0] = toScreen(view, from), [x1, y1] = toScreen(view, to);
  context.setLineDash([4, 3]);
  context.strokeStyle = "#ffd23f";
  context.fillStyle = "rgba(255, 210, 63, 0.15)";
  context.lineWidth = 1.2;
  context.fillRect(x0, y0, x1 - x0, y1 - y0);
  context.strokeRect(x0, y0, x1 - x0, y1 - y0);
  context.setLineDash([]);
}
