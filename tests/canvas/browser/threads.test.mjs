import assert from "node:assert/strict";
import test from "node:test";
import { FakeServer, annotation, newDesk, settle } from "./helpers.mjs";

const thread = (id, more = {}) => ({
  id, annotation: null, place: null, resolved: false, turns: [{ who: "Rita", when: "2026-01-01T00:00:00Z", kind: "said", text: "one object?" }], ...more,
});

function answering(threads) {
  const server = new FakeServer();
  server._comment = () => ({ threads });
  return server;
}

test("a comment is about the open object or a clicked place, and goes to the server at once", async () => {
  const server = answering([thread(4, { place: [5, 6] })]);
  const { desk } = newDesk({ server, annotations: [annotation(1)] });
  desk.open("a1");
  desk.threads.write("  one object?  ");
  desk.threads.takePlace();
  assert.ok(desk.threads.placing);
  desk.threads.placeAt([5, 6]);
  assert.deepEqual(desk.placed.map(({ number, x, y, comment }) => [number, x, y, comment]), [["C", 5, 6, "  one object?  "]]);
  assert.ok(await desk.threads.send());
  assert.deepEqual(server.of("comment"), [{ text: "one object?", thread: null, place: { x: 5, y: 6 }, annotation: 1 }]);
  assert.deepEqual(desk.placed.map(({ number, comment }) => [number, comment]), [["C1", "Rita: one object?"]]);
  assert.equal(desk.threads.text, "");
});

test("nothing is said without words, nor twice while the first is on its way", async () => {
  const server = answering([]);
  const { desk } = newDesk({ server });
  assert.equal(await desk.threads.send(), false);
  desk.threads.write("once");
  const go = server.hold("comment");
  const first = desk.threads.send();
  assert.equal(await desk.threads.send(), false);
  go();
  assert.ok(await first);
  assert.equal(server.of("comment").length, 1);
});

test("an answer that does not get through is kept in the field", async () => {
  const server = answering([]);
  server.refuse.comment = { kind: "network", message: "The server does not answer." };
  const { desk } = newDesk({ server });
  desk.threads.load([thread(4)]);
  desk.threads.answer(4);
  desk.threads.write("two, I think");
  assert.equal(await desk.threads.send(), false);
  await settle();
  assert.equal(desk.failure, "The server does not answer.");
  assert.deepEqual([desk.threads.text, desk.threads.answering], ["two, I think", 4]);
});

test("an open thread keeps the image from being approved, a resolved one does not", async () => {
  const server = answering([thread(4, { resolved: true }), thread(5, { resolved: true })]);
  const { desk } = newDesk({ server });
  desk.threads.load([thread(4, { resolved: true }), thread(5)]);
  assert.match(desk.threads.refusal, /^Comment C2 is still open \(Rita: “one object\?”\): resolve it/);
  assert.ok(await desk.threads.resolve(5));
  assert.deepEqual(server.of("comment"), [{ thread: 5, text: "", resolve: true }]);
  assert.equal(desk.threads.refusal, "");
});

test("what is written and not sent outlives a reload, with what it is about, and ends when it is sent", async () => {
  const server = answering([thread(4)]);
  const { desk, storage } = newDesk({ server, annotations: [annotation(1)] });
  desk.open("a1");
  desk.threads.placeAt([5, 6]);
  desk.threads.write("is this on");
  const { desk: again } = newDesk({ server, storage, annotations: [annotation(1)] });
  assert.deepEqual([again.threads.text, again.threads.place, again.drawing.base], ["is this on", [5, 6], "a1"]);
  assert.match(again.hint, /had begun is back/);
  assert.ok(await again.threads.send());
  assert.equal(server.of("comment")[0].annotation, 1);
  const { desk: third } = newDesk({ server, storage, annotations: [annotation(1)] });
  assert.deepEqual([third.threads.text, third.hint], ["", ""]);
});

test("an answer that was begun is still one, unless its thread is gone; the server keeps a copy", async () => {
  const server = new FakeServer();
  const { desk, drafts } = newDesk({ server });
  desk.threads.load([thread(4)]);
  desk.threads.answer(4);
  desk.threads.write("two, I");
  await drafts.flush();
  const { draft } = server.of("draft").at(-1);
  assert.equal(draft.thread.text, "two, I");
  const { desk: elsewhere } = newDesk({ draft });
  assert.deepEqual([elsewhere.threads.text, elsewhere.threads.answering], ["two, I", null]);
  elsewhere.threads.load([thread(4)], draft.thread);
  assert.equal(elsewhere.threads.answering, 4);
});

test("words of spaces alone are no draft", () => {
  const { desk } = newDesk();
  desk.threads.write("  ");
  assert.equal(desk.draft, null);
});
