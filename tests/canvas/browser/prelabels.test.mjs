import assert from "node:assert/strict";
import test from "node:test";
import { annotation, newDesk, settle } from "./helpers.mjs";

const proposed = (id) => annotation(id, {
  origin: "prelabel", prelabel: true, author: "", confidence: 0.9, prompt: { points: [], prior: null, crop: null },
  model_outline: annotation(id).outline,
});

test("Enter accepts the open pre-label as it is, and the next one opens", async () => {
  const { desk, server } = newDesk({ annotations: [proposed(4), proposed(5)] });
  desk.step(1);
  desk.accept();
  assert.equal(desk.drawing.base, "a5");
  assert.equal(desk.prelabels.left.length, 1);
  await settle();
  assert.deepEqual(server.of("confirm").map((call) => call.annotation), [4]);
  assert.equal(server.of("save").length, 0);
  assert.equal(desk.objects.get("a4").state, "saved");
  desk.accept();
  assert.equal(desk.drawing.base, null);
  assert.equal(desk.prelabels.left.length, 0);
});

test("undo takes back what was decided, and nothing that was done before it", async () => {
  const { desk, server } = newDesk({ annotations: [annotation(3), proposed(4), proposed(5)] });
  desk.deleteObject("a3");
  desk.open("a4");
  desk.accept();
  await settle();
  desk.undo(); // closes the next one
  desk.undo();
  await settle();
  assert.deepEqual(server.of("undecide").map((call) => call.annotation), [4]);
  assert.equal(server.of("restore").length, 0);
  assert.equal(desk.prelabels.left.length, 2);
  desk.redo();
  await settle();
  assert.deepEqual(server.of("confirm").map((call) => call.annotation), [4, 4]);
  desk.prelabels.acceptAll();
  assert.equal(desk.prelabels.left.length, 0);
  desk.undo();
  assert.equal(desk.prelabels.left.length, 1, "all of them are one deed");
  await settle();
  assert.deepEqual(server.of("undecide").map((call) => call.annotation), [4, 5]);
});

test("undoing a repair leaves it to be decided", async () => {
  const { desk, server } = newDesk({ annotations: [proposed(4)] });
  desk.open("a4");
  desk.edit([[[[10, 10], [60, 10], [50, 50], [10, 50]]]], 1);
  desk.accept();
  await settle();
  desk.undo();
  await settle();
  assert.equal(server.of("undecide").length, 1);
  assert.equal(server.of("save").length, 1);
  assert.equal(desk.prelabels.left.length, 1);
  assert.ok(desk.isOpen, "the repair is there to be accepted again");
});

test("the next one opens after one that was repaired as well; undo walks back to the repair", async () => {
  const { desk, server } = newDesk({ annotations: [proposed(4), annotation(5), proposed(6)] });
  desk.open("a4");
  desk.edit([[[[10, 10], [60, 10], [50, 50], [10, 50]]]], 1);
  desk.accept();
  assert.equal(desk.drawing.base, "a6");
  await settle();
  assert.equal(server.of("save").length, 1);
  desk.undo();
  assert.equal(desk.drawing.base, null, "what was only looked at is closed");
  desk.undo();
  assert.equal(desk.drawing.base, "a4");
  assert.ok(desk.isOpen);
  desk.accept();
  assert.equal(desk.drawing.base, "a6");
  desk.open("a5");
  desk.edit([[[[10, 10], [60, 10], [50, 50], [10, 50]]]], 1);
  desk.accept();
  assert.equal(desk.drawing.base, null, "it was none");
});

test("with nothing open, N goes to the first one that nobody has decided about", () => {
  const { desk } = newDesk({ annotations: [annotation(3), proposed(4), proposed(5)] });
  desk.step(1);
  assert.equal(desk.drawing.base, "a4");
  desk.step(1);
  assert.equal(desk.drawing.base, "a5");
});

test("one under the cursor is accepted without being opened", async () => {
  const { desk, server } = newDesk({ annotations: [proposed(4), proposed(5)] });
  desk.prelabels.accept("a5");
  await settle();
  assert.equal(desk.drawing.base, null);
  assert.deepEqual(server.of("confirm").map((call) => call.annotation), [5]);
  desk.prelabels.accept("a5");
  assert.match(desk.hint, /Open a pre-label/, "it is none any more");
});

test("a click repairs a pre-label: it asks with the outline as prior, and saves what comes", async () => {
  const { desk, server } = newDesk({ annotations: [proposed(4)] });
  desk.open("a4");
  desk.point([55, 30]);
  await settle();
  const [asked] = server.of("predict");
  assert.deepEqual(asked.prior, proposed(4).outline);
  desk.accept();
  await settle();
  const [saved] = server.of("save");
  assert.equal(saved.origin, "assisted");
  assert.equal(saved.annotation, 4);
  assert.equal(server.of("confirm").length, 0);
  assert.equal(desk.prelabels.left.length, 0);
});

test("vertices of a pre-label are edited as what it is", async () => {
  const { desk, server } = newDesk({ annotations: [proposed(4)] });
  desk.open("a4");
  desk.edit([[[[10, 10], [60, 10], [50, 50], [10, 50]]]], 1);
  desk.accept();
  await settle();
  assert.equal(server.of("save")[0].origin, "prelabel");
});

test("all that are left are accepted at once; what is drawn is not touched", async () => {
  const { desk, server } = newDesk({ annotations: [proposed(4), annotation(5), proposed(6)] });
  desk.prelabels.acceptAll();
  await settle();
  assert.deepEqual(server.of("confirm").map((call) => call.annotation), [4, 6]);
  assert.match(desk.hint, /2/);
});

test("accepting outlives a lost connection, and a reload before it was sent", async () => {
  const { desk, server, storage } = newDesk({ annotations: [proposed(4)] });
  server.refuse.confirm = { kind: "network" };
  desk.prelabels.accept("a4");
  await settle();
  assert.equal(desk.prelabels.left.length, 0);
  desk.drafts.flush();
  const again = newDesk({ storage, annotations: [proposed(4)] });
  await settle();
  assert.deepEqual(again.server.of("confirm").map((call) => call.annotation), [4]);
  assert.equal(again.desk.prelabels.left.length, 0);
  delete server.refuse.confirm;
  desk.objects.outbox.hurry();
  await settle();
});
