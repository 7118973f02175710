import assert from "node:assert/strict";
import test from "node:test";
import { CLASSES, EXTREMES, SQUARE, Storage, annotation, clicked, newDesk, settle } from "./helpers.mjs";

test("four clicks ask the model, and Enter saves what it answered", async () => {
  const { desk, server } = newDesk();
  await clicked(desk, EXTREMES.slice(0, 3));
  assert.equal(server.of("predict").length, 0);
  await clicked(desk, EXTREMES.slice(3));
  assert.equal(server.of("predict").length, 1);
  assert.deepEqual(desk.drawing.outline[0][0][2], [50, 54]);
  desk.accept();
  assert.equal(desk.objects.list.length, 1);
  assert.equal(desk.drawing.points.length, 0, "the next object starts at once");
  await settle();
  assert.equal(desk.objects.list[0].state, "saved");
  const [saved] = server.of("save");
  assert.equal(saved.origin, "assisted");
  assert.deepEqual(saved.prompt.crop, [0, 0, 60, 60]);
  assert.deepEqual(saved.answer, { threshold: 0.5, detail: 0.5, model: "m@1" });
});

test("Enter before the answer saves when the answer comes, and the next clicks are the next object's", async () => {
  const { desk, server } = newDesk();
  const go = server.hold("predict");
  for (const point of EXTREMES) desk.point(point);
  desk.accept();
  desk.point([5, 5]);
  assert.equal(desk.drawing.points.length, 1);
  go();
  await settle();
  assert.equal(server.present.length, 1);
  assert.deepEqual(server.present[0].outline[0][0][2], [50, 54]);
  assert.equal(desk.drawing.points.length, 1);
});

test("what the model does not understand is said, and nothing is lost by it", async () => {
  const { desk, server } = newDesk({ takes: [], annotations: [annotation(9)] });
  await clicked(desk);
  const { outline } = desk.drawing;
  desk.point([5, 5], "outside");
  assert.match(desk.hint, /true border only/);
  desk.point([5, 5], "inside");
  assert.match(desk.hint, /true border only/);
  assert.equal(desk.drawing.outline, outline);
  assert.equal(desk.drawing.points.length, 4);
  desk.point([5, 5]);
  await settle();
  assert.equal(server.of("predict").at(-1).points.length, 5);
  desk.edit(SQUARE, 1);
  desk.point([6, 6]);
  assert.match(desk.hint, /cannot go on from an outline/);
  assert.deepEqual(desk.drawing.outline, SQUARE);
  desk.accept();
  await settle();
  desk.open("a9");
  desk.point([6, 6]);
  assert.match(desk.hint, /cannot go on from an outline/);
  assert.equal(server.of("predict").length, 2);
});

test("a point from before the project had another model is said, too", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  desk.point([5, 5], "outside");
  await settle();
  desk.takes = new Set();
  const { outline } = desk.drawing;
  desk.point([6, 6]);
  assert.match(desk.hint, /true border only/);
  assert.equal(desk.drawing.outline, outline);
  assert.equal(server.of("predict").length, 2);
});

test("who waits for the model is told so, after a moment", async () => {
  const { desk, server } = newDesk();
  const go = server.hold("predict");
  for (const point of EXTREMES) desk.point(point);
  await settle();
  assert.equal(desk.questions.slow, false);
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.equal(desk.questions.slow, true);
  go();
  await settle();
  assert.equal(desk.questions.slow, false);
  assert.ok(desk.drawing.answer);
});

test("of questions that pile up only the newest is asked", async () => {
  const { desk, server } = newDesk();
  const go = server.hold("predict");
  for (const point of [...EXTREMES, [1, 1], [2, 2], [3, 3], [4, 4]]) desk.point(point);
  go();
  await settle();
  assert.deepEqual(server.of("predict").map((asked) => asked.points.length), [4, 8]);
});

test("undo and redo walk over points, edits, accepts and deletes", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  const answer = desk.drawing.outline;
  desk.edit(SQUARE, 1);
  desk.accept();
  await settle();
  const [local] = desk.objects.list.map((object) => object.local);
  desk.deleteObject(local);
  await settle();
  assert.equal(server.present.length, 0);
  desk.undo(); // the delete
  await settle();
  assert.equal(server.present.length, 1);
  desk.undo(); // the accept
  await settle();
  assert.equal(server.present.length, 0);
  assert.deepEqual(desk.drawing.outline, SQUARE);
  desk.undo(); // the edit
  assert.deepEqual(desk.drawing.outline, answer);
  for (let i = 0; i < 4; i++) desk.undo();
  assert.equal(desk.drawing.points.length, 0);
  for (let i = 0; i < 6; i++) desk.redo();
  await settle();
  assert.equal(desk.objects.list.length, 1, "accepted again");
  assert.equal(server.present.length, 1);
  assert.deepEqual(server.present[0].outline, SQUARE);
  desk.redo();
  await settle();
  assert.equal(server.present.length, 0, "deleted again");
});

test("undo takes back what was done beside an object that is only looked at, then closes it", async () => {
  const { desk } = newDesk();
  for (const by of [0, 20]) {
    await clicked(desk, EXTREMES.map(([x, y]) => [x + by, y]));
    desk.accept();
    await settle();
  }
  const [first, second] = desk.objects.list.map((object) => object.local);
  desk.open(first);
  desk.deleteObject(second);
  desk.undo();
  assert.equal(desk.objects.list.length, 2);
  assert.equal(desk.drawing.base, first);
  desk.undo();
  assert.equal(desk.drawing.base, null);
  assert.equal(desk.objects.list.length, 2);
});

test("a click after a hand edit repairs the edited outline, says so, and undo takes it back", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  desk.edit(SQUARE, 1);
  await clicked(desk, [[50, 45]]);
  const [, question] = server.of("predict");
  assert.deepEqual(question.prior, SQUARE);
  assert.equal(question.points.length, 1, "only the clicks since the edit");
  assert.match(desk.hint, /repairs/);
  desk.undo();
  assert.deepEqual(desk.drawing.outline, SQUARE);
});

test("a saved object opened from the list is changed as a new revision of it", async () => {
  const { desk, server } = newDesk({ annotations: [annotation(4)] });
  server.annotations.set(4, { ...annotation(4) });
  desk.open("a4");
  desk.chooseClass(2);
  desk.accept();
  await settle();
  const [saved] = server.of("save");
  assert.equal(saved.annotation, 4);
  assert.equal(saved.base_revision, 1);
  assert.equal(saved.class, 2);
  assert.equal(desk.classId, 1, "the class of the next object stays");
  desk.undo();
  await settle();
  assert.equal(server.annotations.get(4).class, 1);
});

test("closing an opened object that was not changed saves nothing", async () => {
  const { desk, server } = newDesk({ annotations: [annotation(4)] });
  desk.open("a4");
  desk.accept();
  await settle();
  assert.equal(server.of("save").length, 0);
  assert.equal(desk.drawing.base, null);
});

test("a second press meant for the image before does not submit this one", async () => {
  const { desk, server, time } = newDesk({ follows: true, annotations: [annotation(4)] });
  assert.equal(await desk.submit(), false);
  time.now = 1;
  assert.equal(await desk.submit(), true);
  assert.equal(server.of("submit").length, 1);
});

test("seconds of an object run from its first click to its accept, pauses left out", async () => {
  const { desk, server, time } = newDesk();
  time.now = 100;
  for (const point of EXTREMES) {
    desk.point(point);
    time.now += 2;
  }
  await settle();
  time.now += 600; // lunch
  desk.point([45, 45]);
  time.now += 3;
  await settle();
  desk.accept();
  await settle();
  assert.deepEqual(server.of("save")[0].effort, { active_seconds: 9, clicks: 5, extra_points: 1, vertices_moved: 0 });
});

test("inside and outside points do not count as the four of the border", async () => {
  const { desk, server } = newDesk();
  for (const point of EXTREMES.slice(0, 3)) desk.point(point);
  desk.point([30, 30], "inside");
  desk.point([60, 60], "outside");
  await settle();
  assert.equal(server.of("predict").length, 0);
  desk.point(EXTREMES[3]);
  await settle();
  assert.deepEqual(server.of("predict")[0].points.map(([, , kind]) => kind), ["boundary", "boundary", "boundary", "inside", "outside", "boundary"]);
});

test("moving or deleting a click asks anew", async () => {
  const { desk, server } = newDesk();
  await clicked(desk, [...EXTREMES, [45, 45]]);
  const before = server.of("predict").length;
  desk.movePoint(4, [44, 46]);
  await settle();
  assert.equal(server.of("predict").length, before + 1);
  desk.removePoint(4);
  await settle();
  assert.equal(server.of("predict").at(-1).points.length, 4);
  desk.removePoint(3);
  await settle();
  assert.equal(desk.drawing.outline, null, "three points say nothing");
});

test("drawing by hand: vertices become the polygon, without the model", async () => {
  const { desk, server } = newDesk();
  desk.take("manual");
  await clicked(desk, [[0, 0], [10, 0], [10, 10]]);
  desk.accept();
  await settle();
  assert.equal(server.of("predict").length, 0);
  assert.equal(server.of("save")[0].origin, "manual");
  assert.equal(desk.drawing.tool, "manual", "the next one is drawn by hand, too");
});

test("splitting saves every piece at once, whatever becomes of the one that is open; undo puts them together", async () => {
  const { desk, server } = newDesk({ annotations: [annotation(4)] });
  server.annotations.set(4, { ...annotation(4) });
  desk.open("a4");
  desk.take("split");
  desk.shapes.click([30, 5], 1);
  desk.shapes.click([30, 60], 1);
  await desk.shapes.finishPath();
  desk.drop();
  await settle();
  const width = ({ outline: [[ring]] }) => Math.max(...ring.map(([x]) => x)) - Math.min(...ring.map(([x]) => x));
  assert.deepEqual(server.present.map(width), [20, 20], "no pixel is in both");
  assert.equal(desk.isOpen, false);
  desk.undo();
  await settle();
  assert.equal(desk.objects.list.length, 1);
  assert.deepEqual(server.present.map(({ outline }) => outline), [SQUARE]);
  assert.deepEqual(desk.drawing.outline, SQUARE);
  desk.redo();
  await settle();
  assert.deepEqual(server.present.map(width), [20, 20]);
  assert.equal(desk.drawing.base, "a4");
});

test("a new outline can be split before it was saved", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  desk.take("split");
  desk.shapes.click([30, 5], 1);
  desk.shapes.click([30, 60], 1);
  await desk.shapes.finishPath();
  await settle();
  assert.deepEqual(server.of("save").map(({ origin }) => origin), ["assisted", "assisted"]);
  assert.equal(desk.objects.list.length, 2);
  desk.undo();
  await settle();
  assert.equal(server.present.length, 0);
  assert.equal(desk.drawing.points.length, 4);
});

test("merging saves the union at once and takes the other object away; undo parts them", async () => {
  const { desk, server } = newDesk({ annotations: [annotation(4), annotation(5)] });
  for (const id of [4, 5]) server.annotations.set(id, { ...annotation(id) });
  desk.open("a4");
  desk.take("merge");
  await desk.shapes.merge("a5");
  desk.drop();
  await settle();
  assert.deepEqual(desk.objects.list.map((object) => object.local), ["a4"]);
  assert.deepEqual(server.present.map(({ outline }) => outline[0][0][1]), [[60, 0]], "nothing of the other one is lost");
  desk.undo();
  await settle();
  assert.deepEqual(desk.objects.list.map((object) => object.local), ["a4", "a5"]);
  assert.deepEqual(server.present.map(({ outline }) => outline), [SQUARE, SQUARE]);
});

test("an object accepted before its answer has its outline after undo and redo", async () => {
  const { desk, server } = newDesk();
  const go = server.hold("predict");
  for (const point of EXTREMES) desk.point(point);
  desk.accept();
  go();
  await settle();
  desk.undo();
  await settle();
  desk.redo();
  await settle();
  assert.deepEqual(desk.objects.list[0].outline[0][0][2], [50, 54]);
});

test("undoing a delete brings back what was changed and not saved, too", async () => {
  const { desk, server } = newDesk({ annotations: [annotation(4)] });
  server.annotations.set(4, { ...annotation(4) });
  desk.open("a4");
  const changed = [[[[10, 10], [50, 10], [40, 50], [10, 50]]]];
  desk.edit(changed, 1);
  desk.deleteObject();
  await settle();
  desk.undo();
  await settle();
  assert.deepEqual([desk.drawing.base, desk.drawing.outline, desk.isOpen], ["a4", changed, true]);
  desk.undo();
  assert.deepEqual(desk.drawing.outline, SQUARE);
});

test("stepping begins with what was sent back", () => {
  const remark = { reason: "loose outline", comment: "", changed: false };
  const { desk } = newDesk({ annotations: [annotation(1), { ...annotation(2), remark }, annotation(3), { ...annotation(4), remark }] });
  const seen = [1, 2, 3, 4, 5].map(() => { desk.step(1); return desk.drawing.base; });
  assert.deepEqual(seen, ["a2", "a4", "a1", "a3", "a2"]);
  desk.step(-1);
  assert.equal(desk.drawing.base, "a3");
});

test("an image without objects, or with rejected ones unchanged, is handed in by a second press", async () => {
  const empty = newDesk();
  assert.equal(await empty.desk.submit(), false);
  assert.match(empty.desk.hint, /Submit once more if there is nothing to label/);
  empty.time.now = 0.3;
  assert.equal(await empty.desk.submit(), false, "a double press is one press");
  assert.match(empty.desk.hint, /Submit once more if there is nothing to label/);
  empty.time.now = 0.9;
  assert.equal(await empty.desk.submit(), true);
  const remark = { reason: "loose outline", comment: "", changed: false };
  const { desk, time } = newDesk({ annotations: [annotation(4, { remark }), annotation(5)] });
  assert.equal(await desk.submit(), false);
  assert.match(desk.hint, /Submit once more .* an object that was sent back is unchanged/);
  time.now = 1;
  assert.equal(await desk.submit(), true);
});

test("the class of the image before goes on, as long as it is in use", () => {
  assert.equal(newDesk({ lastClass: 2 }).desk.classId, 2);
  assert.equal(newDesk({ lastClass: 7 }).desk.classId, 1);
});

test("a class that is merged or retired meanwhile gives way to another one, in words", async () => {
  const { desk, server } = newDesk({ annotations: [annotation(4)], lastClass: 1 });
  await clicked(desk);
  const [car, bus] = CLASSES;
  server._touch = () => ({ seat: { mine: true }, classes: [{ ...bus, retired: false, becomes: null }, { ...car, retired: true, becomes: 2 }] });
  await desk.beat();
  assert.match(desk.hint, /The class car was merged into another one: bus is chosen now/);
  assert.deepEqual([desk.classId, desk.drawing.classId, desk.classOf(1).name], [2, 2, "bus"]);
  assert.equal(desk.drawing.points.length, 4);
  desk.say("");
  await desk.beat();
  assert.equal(desk.hint, "", "said once");
  server._touch = () => ({ seat: { mine: true }, classes: [{ ...car, retired: false, becomes: null }, { ...bus, retired: true, becomes: null }] });
  await desk.beat();
  assert.match(desk.hint, /The class bus is not in use any more: car is chosen now/);
});

test("an opened object of a merged class keeps it, and one merged into what is retired gets another", () => {
  const storage = new Storage();
  const first = newDesk({ storage, annotations: [annotation(4)] });
  first.desk.open("a4");
  first.desk.edit([[[[10, 10], [60, 10], [50, 50]]]], 1);
  const [car, bus] = CLASSES;
  const tram = { id: 3, name: "tram", color: "#00f", retired: false, becomes: null };
  const classes = [{ ...car, retired: true, becomes: 2 }, { ...bus, retired: true, becomes: null }, tram];
  const { desk } = newDesk({ storage, classes, annotations: [annotation(4)] });
  assert.deepEqual([desk.drawing.base, desk.drawing.classId, desk.classId], ["a4", 1, 3]);
});

test("an outline that crosses itself is untangled in sight and saved by the second Enter", async () => {
  const { desk, server } = newDesk();
  desk.take("manual");
  await clicked(desk, [[0, 0], [10, 10], [10, 0], [0, 10]]);
  desk.accept();
  await settle();
  assert.equal(server.of("save").length, 0);
  assert.match(desk.hint, /untangled/);
  desk.accept();
  await settle();
  assert.equal(server.of("save").length, 1);
});

test("the detail of a hand-made outline goes down and up again without losing the original", async () => {
  const { desk, server } = newDesk();
  desk.take("manual");
  await clicked(desk, [[0, 0], [10, 0], [10, 10], [0, 10]]);
  desk.tune({ detail: 0.2 });
  await settle();
  assert.equal(desk.drawing.outline[0][0].length, 3);
  desk.tune({ detail: 0.9 });
  await settle();
  assert.equal(server.of("simplify")[1].outline[0][0].length, 4, "asked about the original");
  desk.undo();
  assert.equal(desk.drawing.outline[0][0].length, 4, "one step back is before the slider");
});

test("without a model the page says so and drawing by hand goes on", async () => {
  const { desk, server } = newDesk();
  server.refuse.predict = { kind: "model", message: "There is no usable model." };
  await clicked(desk);
  assert.equal(desk.modelProblem, "There is no usable model.");
  assert.equal(desk.drawing.outline, null);
});

test("an image of the arm by hand is labeled without the model", async () => {
  const { desk, server } = newDesk({ arm: "manual", annotations: [annotation(1, { origin: "assisted" })] });
  assert.deepEqual([desk.tool, desk.drawTool], ["manual", "manual"]);
  desk.take("prompt");
  assert.equal(desk.tool, "manual");
  assert.match(desk.hint, /drawn by hand/);
  await clicked(desk, SQUARE[0][0]);
  desk.accept();
  await settle();
  assert.deepEqual(server.of("save").map((saved) => saved.origin), ["manual"]);
  desk.open(desk.objects.list[0].local);
  assert.equal(desk.tool, "vertices");
  await clicked(desk, EXTREMES);
  assert.match(desk.hint, /drawn by hand/);
  assert.equal(server.of("predict").length, 0);
});
