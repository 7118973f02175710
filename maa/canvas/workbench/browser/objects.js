// The image's saved objects as the browser knows them, and the way each change takes to the server.
//
// A change shows at once; the outbox brings it to the server in order. An object has a local name from its first
// moment on; its id comes with the first answer.

import { answered, freshKey, saveOf } from "./drawing.js";
import { boundsOf } from "./geometry.js";
import { Outbox } from "./protocol.js";

const bounds = new WeakMap();

/** Bounds of an object's outline, computed once an outline. */
export function boundsOfObject(object) {
  if (!object.outline) return [0, 0, 0, 0];
  if (!bounds.has(object.outline)) bounds.set(object.outline, boundsOf(object.outline));
  return bounds.get(object.outline);
}

/** An annotation of the server as an object. */
export function objectOf(annotation) {
  return {
    local: `a${annotation.id}`, class: annotation.class, outline: annotation.outline, origin: annotation.origin,
    prelabel: annotation.prelabel, prompt: annotation.prompt, modelOutline: annotation.model_outline, model: annotation.model,
    confidence: annotation.confidence, author: annotation.author, correction: annotation.correction, revision: annotation.revision,
    written: annotation.written, remark: annotation.remark, state: "saved",
  };
}

/** A drawing as the object that it becomes. */
function objectOfDrawing(drawing, base) {
  const { answer } = drawing;
  return {
    ...(base ?? { local: `n${drawing.key}`, remark: null, author: null }),
    class: drawing.classId, outline: drawing.outline, origin: saveOf(drawing, 0, base).origin,
    prompt: answer?.prompt ?? base?.prompt ?? null, modelOutline: answer?.outline ?? base?.modelOutline ?? null,
    model: answer?.model ?? base?.model ?? null, confidence: answer?.confidence ?? base?.confidence ?? null,
    points: drawing.outline ? null : drawing.points, prelabel: false, state: "saving", error: null,
  };
}

/** The order in which what was sent back comes first. */
export const sentBackFirst = (a, b) => Number(Boolean(b.remark)) - Number(Boolean(a.remark));

export class Objects {
  #known = new Map(); // local -> {id, revision, annotation} on the server

  /** `changed()` after each change; `refused(op, error)` when the server will not have one; `lost(error)`
   * when the task is not this person's any more. */
  constructor({ server, changed, refused, lost }) {
    Object.assign(this, { server, changed, refused, lost });
    this.list = [];
    this.outbox = new Outbox({
      send: (op) => this.#send(op), done: (op, answer) => this.#done(op, answer),
      refused: (op, error) => this.#refused(op, error), changed,
    });
  }

  /** Take the server's objects, then what this browser had not sent yet. With `overtaken` (why nothing of it may
   * be sent unseen) drawings are shown as not saved, and what was to be deleted or confirmed is not. */
  load(annotations, waiting = [], overtaken = "") {
    const own = [...this.outbox.waiting];
    if (!own.length) this.#known.clear();
    this.list = annotations.map(objectOf);
    for (const annotation of annotations) this.#learn(`a${annotation.id}`, annotation);
    for (const op of own) {
      const now = `a${this.idOf(op.local)}`;
      if (this.get(now)) op.local = now;
      this.#show(op);
    }
    const isOwn = (op) => own.some((one) => one.kind === op.kind && (op.drawing ? one.drawing?.key === op.drawing.key : one.local === op.local));
    for (const op of waiting.filter((op) => !isOwn(op))) {
      const error = overtaken || op.failed;
      if (error) {
        if (op.kind === "save") this.#put({ ...objectOfDrawing(op.drawing, this.get(op.local)), state: "failed", error, drawing: op.drawing });
        continue;
      }
      this.#show(op);
      this.outbox.push(op);
    }
    this.changed();
  }

  /** What a change on its way makes of the list. */
  #show(op) {
    if (op.kind === "save") this.#put(objectOfDrawing(op.drawing, this.get(op.local)));
    else if (op.kind === "delete") this.#drop(op.local);
    else if (op.kind === "confirm") this.#decided(op.local);
    else if (op.kind === "undecide") this.#decided(op.local, false);
  }

  /** Take the server's objects once more: those that are known keep their local names, and what could not be saved
   * stays. */
  renew(annotations) {
    const failed = this.#failed;
    const names = new Map();
    for (const [local, { id }] of this.#known) if (this.get(local) || !names.has(id)) names.set(id, local);
    this.list = annotations.map((annotation) => {
      const local = names.get(annotation.id) ?? `a${annotation.id}`;
      this.#learn(local, annotation);
      return { ...objectOf(annotation), local };
    });
    for (const object of failed) this.#put(object);
    this.changed();
  }

  /** Bring single objects from how they are to how they were, or back: {from, to, at} each, null for none. */
  turn(changes) {
    for (const { from, to, at } of changes) {
      if (!to) this.delete(from.local);
      else if (!from) this.restore(to, at);
      else this.revert(to);
    }
    this.changed();
  }

  /** Take in what the server made by itself; returns the local name, also of what was known before. */
  add(annotation) {
    for (const [local, { id }] of this.#known) if (id === annotation.id && this.get(local)) return local;
    const object = objectOf(annotation);
    this.#learn(object.local, annotation);
    this.#put(object);
    return object.local;
  }

  /** What the server does not have: changes on their way, and those that failed (`failed`: why). */
  get unsaved() {
    return [...this.outbox.waiting, ...this.#failed.map(({ local, drawing, error }) => ({ kind: "save", local, drawing, failed: error }))];
  }

  get #failed() {
    return this.list.filter(({ state, drawing }) => state === "failed" && drawing);
  }

  /** The server's number of an object; null while it has none. */
  idOf(local) {
    return this.#known.get(local)?.id ?? null;
  }

  get(local) {
    return this.list.find((object) => object.local === local) ?? null;
  }

  /** Show and save a drawing; returns the object. `ask`: how the model was to be asked, when its answer is
   * still to come. */
  save(drawing, seconds, ask = null) {
    const base = this.get(drawing.base);
    const object = objectOfDrawing(drawing, base);
    this.#put(object);
    this.outbox.push({ kind: "save", local: object.local, drawing, seconds, ask, base: base && { origin: base.origin, prompt: base.prompt } });
    return object;
  }

  /** Save an object as it was before; a pre-label is one again. */
  revert(object) {
    this.#put({ ...object, state: "saving" });
    if (object.prelabel) return this.outbox.push({ kind: "undecide", local: object.local });
    const drawing = {
      key: freshKey(), classId: object.class, outline: object.outline, tool: object.origin === "manual" ? "manual" : "assisted",
      answer: null, clicks: 0, moved: 0, points: [], before: 0, base: object.local,
    };
    const base = { origin: object.origin, prompt: object.prompt };
    this.outbox.push({ kind: "save", local: object.local, drawing, seconds: 0, ask: null, base });
  }

  /** A pre-label is good as it is. */
  confirm(local, seconds) {
    this.#decided(local);
    this.outbox.push({ kind: "confirm", local, seconds });
  }

  delete(local) {
    this.#drop(local);
    this.outbox.push({ kind: "delete", local });
  }

  restore(object, at = this.list.length) {
    this.list = [...this.list.slice(0, at), { ...object, state: "saving" }, ...this.list.slice(at)];
    this.outbox.push({ kind: "restore", local: object.local });
  }

  /** Have an object as it was before a change that could not be saved; a new one goes off the list. */
  putBack(local) {
    const annotation = this.#known.get(local)?.annotation;
    if (annotation) this.#put({ ...objectOf(annotation), local });
    else this.#drop(local);
    this.changed();
  }

  #put(object) {
    const at = this.list.findIndex((one) => one.local === object.local);
    this.list = at < 0 ? [...this.list, object] : this.list.map((one, i) => (i === at ? object : one));
  }

  #decided(local, yes = true) {
    const object = this.get(local);
    if (object) this.#put({ ...object, prelabel: !yes, state: "saving" });
  }

  #drop(local) {
    this.list = this.list.filter((object) => object.local !== local);
  }

  #learn(local, annotation) {
    this.#known.set(local, { id: annotation.id, revision: annotation.revision, annotation });
  }

  async #send(op) {
    const known = this.#known.get(op.local);
    if (op.kind === "confirm") {
      const effort = { active_seconds: Math.max(0, Math.round(op.seconds * 10) / 10) };
      return this.server.call("confirm", { annotation: known.id, effort });
    }
    if (op.kind !== "save") return known ? this.server.call(op.kind, { annotation: known.id }) : { annotation: null };
    let { drawing } = op;
    if (op.ask) {
      const { prompt, ...how } = op.ask;
      drawing = answered(drawing, prompt, await this.server.call("predict", { rev: 0, ...prompt, ...how }));
      op.drawing = drawing;
      op.ask = null;
      const object = this.get(op.local);
      if (object) this.#put({ ...objectOfDrawing(drawing, object), state: "saving" });
      this.changed();
    }
    return this.server.call("save", {
      ...saveOf(drawing, op.seconds, op.base), annotation: known?.id ?? null, base_revision: known?.revision ?? null,
    });
  }

  #done(op, { annotation }) {
    if (annotation) this.#learn(op.local, annotation);
    // A save whose answer was lost with the page before: the object came with this page, too.
    const twin = annotation && this.list.find(({ local }) => local !== op.local && this.idOf(local) === annotation.id);
    if (twin) {
      this.#drop(op.local);
      this.#learn(twin.local, annotation);
      return this.#put({ ...objectOf(annotation), local: twin.local });
    }
    const object = this.get(op.local);
    if (!object || this.outbox.waiting.some((later) => later.local === op.local)) return;
    const kept = annotation && {
      outline: annotation.outline ?? object.outline, class: annotation.class, modelOutline: annotation.model_outline, model: annotation.model, confidence: annotation.confidence,
      author: annotation.author, correction: annotation.correction, revision: annotation.revision,
      written: annotation.written, remark: annotation.remark, prompt: annotation.prompt, origin: annotation.origin,
      prelabel: annotation.prelabel,
    };
    this.#put({ ...object, ...kept, state: "saved", error: null });
  }

  #refused(op, error) {
    const object = this.get(op.local);
    if (object) this.#put({ ...object, state: "failed", error: error.message, drawing: op.drawing ?? null });
    if (error.kind === "conflict" || error.kind === "not_allowed" || error.kind === "pass") this.lost(error);
    this.refused(op, error);
  }
}
