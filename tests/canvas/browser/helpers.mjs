// A desk without a browser: its server is played by the test.

import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto;

const BROWSER = "../../../maa/canvas/workbench/browser";
export const load = (name) => import(`${BROWSER}/${name}.js`);

const { Desk } = await load("desk");
const { Drafts } = await load("drafts");
const { CallError } = await load("protocol");

export const SQUARE = [[[[10, 10], [50, 10], [50, 50], [10, 50]]]];
export const EXTREMES = [[10, 30], [50, 30], [30, 10], [30, 50]];
export const CLASSES = [{ id: 1, name: "car", color: "#f00" }, { id: 2, name: "bus", color: "#0f0" }];

export class Storage {
  kept = new Map();
  getItem = (name) => this.kept.get(name) ?? null;
  setItem = (name, value) => this.kept.set(name, String(value));
  removeItem = (name) => this.kept.delete(name);
}

/** Let everything that waits for nothing but its turn go on. */
export async function settle() {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Answers as the real server does; `refuse[call]` makes it say no, `held` makes it wait. */
export class FakeServer {
  calls = [];
  annotations = new Map();
  refuse = {};
  held = null;
  #ids = 0;

  of(name) {
    return this.calls.filter(([call]) => call === name).map(([, body]) => body);
  }

  async call(name, body = {}) {
    this.calls.push([name, structuredClone(body)]);
    if (this.held?.name === name) await this.held.until;
    const no = this.refuse[name];
    if (no) throw new CallError(no.kind, no.message ?? "no");
    return this[`_${name}`]?.(body) ?? {};
  }

  hold(name) {
    let go;
    this.held = { name, until: new Promise((resolve) => { go = resolve; }) };
    return () => { this.held = null; go(); };
  }

  _predict({ rev, points, threshold, detail }) {
    const n = points.length; // another outline for each number of points
    return {
      rev, outline: [[[[10, 10], [50, 10], [50, 50 + n], [10, 50]]]], vertices: 4, crop: [0, 0, 60, 60],
      confidence: 0.9, unsure: false, ms: 5, model: "m@1", threshold, detail,
    };
  }

  _save(body) {
    const known = [...this.annotations.values()].find((one) => one.key === body.key);
    if (known) return { annotation: known };
    const id = body.annotation ?? ++this.#ids;
    const annotation = {
      id, key: body.key, revision: (this.annotations.get(id)?.revision ?? 0) + 1, class: body.class, outline: body.outline,
      origin: body.origin, prompt: body.prompt, model_outline: body.answer ? body.outline : null, model: null,
      confidence: null, author: "Ana", remark: null,
    };
    this.annotations.set(id, annotation);
    return { annotation };
  }

  _delete({ annotation }) {
    const gone = this.annotations.get(annotation);
    this.annotations.set(annotation, { ...gone, deleted: true, revision: gone.revision + 1 });
    return { annotation: null };
  }

  _restore({ annotation }) {
    const back = this.annotations.get(annotation);
    this.annotations.set(annotation, { ...back, deleted: false, revision: back.revision + 1 });
    return { annotation: this.annotations.get(annotation) };
  }

  _confirm({ annotation: id }) {
    return { annotation: annotation(id, { revision: 2, origin: "prelabel", prelabel: false, confidence: 0.9 }) };
  }

  _undecide({ annotation: id }) {
    return { annotation: annotation(id, { revision: 3, origin: "prelabel", prelabel: true, author: "", confidence: 0.9 }) };
  }

  _simplify({ outline }) {
    return { outline: [[outline[0][0].slice(0, 3)]], vertices: 3 };
  }

  _shape({ op }) {
    if (op === "split") return { outlines: [[[[[10, 10], [30, 10], [30, 50], [10, 50]]]], [[[[30, 10], [50, 10], [50, 50], [30, 50]]]]] };
    return { outlines: [[[[[0, 0], [60, 0], [60, 60], [0, 60]]]]] };
  }

  get present() {
    return [...this.annotations.values()].filter((one) => !one.deleted);
  }
}

const ALL_HINTS = ["box", "inside", "outside", "prior"];

export function newDesk({ server = new FakeServer(), storage = new Storage(), seat = { mine: true }, annotations = [], draft = null, arm = null, follows = false, lastClass = null, others = 0, classes = CLASSES, takes = ALL_HINTS } = {}) {
  let now = 0;
  const drafts = new Drafts({ task: 7, person: 3, storage, send: (kept) => server.call("draft", { draft: kept }), clock: () => ++now });
  const time = { now: 0 };
  const desk = new Desk({
    server, drafts, image: { id: 1, width: 100, height: 80 }, classes, settings: { threshold: 0.5, detail: 0.5, takes },
    changed: () => {}, arm, follows, lastClass, clock: () => time.now,
  });
  desk.load({ annotations, seat, waiting: 0, others }, drafts.newest(draft));
  desk.objects.outbox.pause = 5;
  return { desk, server, storage, drafts, time };
}

export async function clicked(desk, points = EXTREMES) {
  for (const point of points) desk.point(point);
  await settle();
}

/** A saved object as the server tells it. */
export const annotation = (id, more = {}) => ({
  id, revision: 1, class: 1, outline: SQUARE, origin: "manual", prompt: null, model_outline: null, model: null,
  confidence: null, author: "Ana", remark: null, ...more,
});
