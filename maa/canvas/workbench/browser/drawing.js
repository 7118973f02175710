// The object being drawn: its points, the model's answer, hand edits. Pure: each change gives a new drawing, so
// that history can keep the old one.
//
// `prior` is an outline that no points gave (edited by hand, or saved so): further points repair it, and
// `before` says how many of the points are older than it. `answer` is the model's newest answer on the way to
// the present outline; with `answer === null` there is a question open.

import { polygonThrough } from "./geometry.js";

const OPEN_OUTLINE = "There is an open outline: accept it or drop it first.";
const OPEN_POINTS = "Some points are set: continue to four, or drop them first.";

/** What keeps from going on while a drawing is open. */
export const openWords = (drawing) => (drawing.outline || drawing.tool === "manual" || isQuestion(drawing) ? OPEN_OUTLINE : OPEN_POINTS);
/** Boundary points before the model is asked. */
export const MIN_POINTS = 4;

let numbers = 0;

export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function blank(tool, classId) {
  return {
    number: ++numbers, key: freshKey(), tool, classId, base: null, points: [], outline: null, prior: null, before: 0,
    crop: null, answer: null, edited: false, touched: false, clicks: 0, moved: 0, simplifiedFrom: null,
  };
}

/** A kept drawing, told apart from every other of this page. */
export const renumbered = (drawing) => ({ ...drawing, number: ++numbers });

/** A drawing that goes on with a saved object ({local, outline, prompt, modelOutline, class…}). */
export function reopened(object) {
  const drawing = { ...blank("assisted", object.class), base: object.local, outline: object.outline };
  const { prompt } = object;
  const untouched = object.modelOutline && sameOutline(object.modelOutline, object.outline);
  if (prompt && !prompt.prior && untouched && prompt.points.length >= MIN_POINTS) {
    return { ...drawing, points: prompt.points.map((point) => point.slice()), crop: prompt.crop };
  }
  return { ...drawing, prior: object.outline };
}

/** How a drawing of nothing but clicks came to be, click by click; any other at once, from the saved object `base`
 * where there is one. [before, after] each. */
export function stepsTo(drawing, base) {
  const { points } = drawing;
  const plain = !drawing.base && !drawing.edited && !drawing.prior && !drawing.simplifiedFrom;
  const starts = plain ? points.map((_, i) => ({ ...pointsChanged(drawing, points.slice(0, i)), clicks: i })) : [];
  if (!starts.length) return [[base ? { ...reopened(base), openedAt: 0 } : blank(drawing.tool, drawing.classId), drawing]];
  return starts.map((before, i) => [before, starts[i + 1] ?? drawing]);
}

/** Undoing an accept gives the drawing back; its next save is another one. */
export const toAcceptAgain = (drawing) => ({ ...drawing, key: freshKey() });

export const isEmpty = (drawing) => !drawing.outline && !drawing.points.length;

export const asked = (drawing) => drawing.points.slice(drawing.before);

export function isQuestion(drawing) {
  if (drawing.tool === "manual") return false;
  const points = asked(drawing);
  return drawing.prior ? points.length >= 1 : points.filter(([, , kind]) => kind === "boundary").length >= MIN_POINTS;
}

/** What the model would be asked; null while there are too few points. */
export function promptOf(drawing) {
  return isQuestion(drawing) ? { points: asked(drawing), prior: drawing.prior, crop: drawing.crop } : null;
}

/** What to ask the model now, or null. */
export function questionOf(drawing) {
  return drawing.answer || !drawing.touched ? null : promptOf(drawing);
}

function pointsChanged(drawing, points) {
  const next = { ...drawing, points, answer: null, edited: false, touched: true, simplifiedFrom: null };
  if (drawing.tool === "manual") return { ...next, outline: polygonThrough(points) };
  if (points.length < drawing.before) Object.assign(next, { prior: null, before: 0 });
  // The last answer stays in sight until the next is there; without enough points it has no ground.
  if (!isQuestion(next)) Object.assign(next, { crop: null, outline: drawing.base ? drawing.outline : null });
  return next;
}

export function withPoint(drawing, [x, y], kind = "boundary") {
  return { ...pointsChanged(drawing, [...drawing.points, [x, y, kind]]), clicks: drawing.clicks + 1 };
}

export function withPointMoved(drawing, index, [x, y]) {
  const points = drawing.points.slice();
  points[index] = [x, y, points[index][2]];
  return pointsChanged(drawing, points);
}

export function withoutPoint(drawing, index) {
  return pointsChanged(drawing, drawing.points.filter((_, i) => i !== index));
}

/** The model's answer to `prompt`; hand edits stay, and it is then only kept to compare with. */
export function answered(drawing, prompt, answer) {
  const crop = drawing.crop ?? answer.crop;
  const kept = { ...answer, prompt: { ...prompt, crop } };
  return { ...drawing, answer: kept, crop, outline: drawing.edited ? drawing.outline : answer.outline };
}

/** The model had no answer: no stale outline may pass for one. What it was to repair stays. */
export function unanswered(drawing) {
  return drawing.edited ? drawing : { ...drawing, outline: drawing.prior };
}

/** The outline changed by hand; `changes` vertices were moved, added or deleted. */
export function edited(drawing, outline, changes) {
  const next = { ...drawing, outline, edited: true, touched: true, moved: drawing.moved + changes, simplifiedFrom: null };
  if (drawing.tool === "manual") return { ...next, points: drawing.points };
  return { ...next, prior: outline, before: drawing.points.length, crop: null };
}

/** The outline with fewer or more vertices, still the same outline in mind. */
export function simplified(drawing, outline) {
  const from = drawing.simplifiedFrom ?? drawing.outline;
  return { ...edited(drawing, outline, 0), simplifiedFrom: from };
}

/** Ask again with another threshold or detail. */
export const askedAnew = (drawing) => ({ ...drawing, answer: null, touched: true });

/** Points beyond the first four; those on an object opened again are all further ones. */
export function extraPoints(drawing) {
  if (drawing.tool === "manual") return 0;
  return drawing.base ? drawing.clicks : Math.max(0, drawing.clicks - MIN_POINTS);
}

/** The save that accepts this drawing; `base` is the saved object it replaces, if any. */
export function saveOf(drawing, seconds, base) {
  const { answer } = drawing;
  const origin = drawing.tool === "manual" ? "manual" : base && !answer ? base.origin : "assisted";
  return {
    key: drawing.key, class: drawing.classId, outline: drawing.outline, origin,
    prompt: answer ? answer.prompt : base ? base.prompt : null,
    answer: answer ? { threshold: answer.threshold, detail: answer.detail, model: answer.model } : null,
    effort: {
      active_seconds: Math.max(0, Math.round(seconds * 10) / 10), clicks: drawing.clicks,
      extra_points: extraPoints(drawing), vertices_moved: drawing.moved,
    },
  };
}

export function sameOutline(a, b) {
  if (a === b) return true;
  return JSON.stringify(a) === JSON.stringify(b);
}
