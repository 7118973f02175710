import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./helpers.mjs";

/** What holds on to a page from outside of it. */
const holders = new Set();
globalThis.window = {
  innerHeight: 800,
  addEventListener(name, heard, { signal } = {}) {
    holders.add(heard);
    signal?.addEventListener("abort", () => holders.delete(heard));
  },
};
globalThis.document = { body: {} };
globalThis.ResizeObserver = class {
  observe() { holders.add(this); }
  disconnect() { holders.delete(this); }
};

const { mountBench } = await load("mount");

class Bench {
  disposed = false;
  renders = 0;
  heard = [];

  constructor({ info, send }) {
    this.info = info;
    this.desk = { handed: false, lost: "" };
    this.server = { pass: info.pass };
    this.word = { send, heard: (id) => this.heard.push(id) };
  }

  learn(news) {
    Object.assign(this.info, news);
    this.renders++;
  }

  dispose() {
    this.disposed = true;
  }
}

function newPage() {
  const root = { isConnected: true, dataset: {}, style: {}, getBoundingClientRect: () => ({ top: 100 }), closest: () => null };
  const said = [];
  const show = (data) => mountBench({
    data, parentElement: { querySelector: () => root }, setTriggerValue: (name, value) => said.push([name, value]),
  }, "", Bench);
  return { root, said, show, bench: () => window.maaWorkbench };
}

test("the same task goes on with what is new; what is said names the task", () => {
  const { show, said, bench } = newPage();
  show({ task: 1, pass: "a", waiting: 2, last: { task: 9 } });
  const first = bench();
  show({ task: 1, pass: "b", waiting: 1, last: null, heard: "w", settings: { takes: ["inside"] } });
  assert.deepEqual([...first.desk.takes], ["inside"], "the project may have another model by now");
  assert.equal(bench(), first);
  assert.deepEqual([first.server.pass, first.info.waiting, first.info.last, first.renders], ["b", 1, null, 1]);
  assert.deepEqual(first.heard, ["w"]);
  first.word.send({ how: "released", id: "x" });
  assert.deepEqual(said, [["done", { task: 1, how: "released", id: "x" }]]);
});

test("another task begins anew, and so does what has left the desk or was lost", () => {
  const { show, bench } = newPage();
  const begun = [];
  const next = (data, change = () => {}) => {
    show(data);
    begun.push(bench());
    change(bench().desk);
  };
  next({ task: 1 });
  next({ task: 2 }, (desk) => { desk.handed = true; });
  next({ task: 2 }, (desk) => { desk.lost = "gone"; });
  next({ task: 2 });
  assert.equal(new Set(begun).size, 4);
  assert.deepEqual(begun.map(({ disposed }) => disposed), [true, true, true, false]);
});

test("only what has left the page is taken down", async () => {
  const { root, show, bench } = newPage();
  const takeDown = show({ task: 1 });
  takeDown();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(bench().disposed, false);
  root.isConnected = false;
  takeDown();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(bench().disposed, true);
});

test("nothing outside the page holds on to what has left it", async () => {
  holders.clear();
  const { root, show } = newPage();
  show({ task: 1 });
  const takeDown = show({ task: 2 });
  assert.equal(holders.size, 2);
  root.isConnected = false;
  takeDown();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(holders.size, 0);
});
