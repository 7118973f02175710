import assert from "node:assert/strict";
import test from "node:test";
import { CLASSES, FakeServer, SQUARE, Storage, annotation, load, settle } from "./helpers.mjs";

const { ReviewDesk } = await load("review_desk");
const { Drafts } = await load("drafts");
const { REVIEW_ACTIONS, FIX_ACTIONS } = await load("review_keys");

const REASONS = ["wrong class", "loose outline", "other"];
const TWO = [annotation(1), annotation(2)];

function newReview({ server = new FakeServer(), storage = new Storage(), annotations = TWO, reviews = [], follows = false, seat = { mine: true }, draft = null, more = {} } = {}) {
  let now = 0;
  const time = { now: 0 };
  for (const one of annotations) server.annotations.set(one.id, { ...one, key: `old ${one.id}` });
  const drafts = new Drafts({ task: 7, person: 4, storage, send: (kept) => server.call("draft", { draft: kept }), clock: () => ++now });
  const desk = new ReviewDesk({
    server, drafts, image: { id: 1, width: 100, height: 80 }, classes: CLASSES, settings: { threshold: 0.5, detail: 0.5, takes: ["box", "inside", "outside", "prior"] },
    reasons: REASONS, changed: () => {}, follows, clock: () => time.now,
  });
  desk.load({ annotations, seat, waiting: 0, reviews, ...more }, drafts.newest(draft));
  desk.objects.outbox.pause = 5;
  return { desk, server, storage, drafts, time };
}

test("next and previous go round, with the whole image between the last and the first", () => {
  const { desk } = newReview();
  const seen = [1, 1, 1, -1].map((by) => { desk.step(by); return desk.current; });
  assert.deepEqual(seen, ["a1", "a2", null, "a2"]);
  assert.deepEqual(desk.focus, [10, 10, 50, 50]);
});

test("approving an object goes on with the next that nobody judged, and the same again takes it back", () => {
  const { desk } = newReview();
  desk.choose("a1");
  desk.approveObject();
  assert.equal(desk.current, "a2");
  desk.approveObject();
  assert.equal(desk.current, null);
  desk.choose("a1");
  desk.approveObject();
  assert.deepEqual(Object.keys(desk.said.marks), ["a2"]);
  assert.equal(desk.current, "a1");
});

test("rejecting asks for a reason, a digit answers, and a comment may follow", () => {
  const { desk } = newReview();
  desk.choose("a2");
  desk.rejectObject();
  assert.ok(desk.choosing);
  desk.reason(9);
  assert.ok(desk.choosing, "there is no ninth reason");
  desk.reason(2);
  assert.ok(!desk.choosing);
  desk.comment("the ear");
  assert.deepEqual(desk.markOf("a2"), { verdict: "send_back", reason: "loose outline", comment: "the ear" });
  desk.reason(3);
  assert.deepEqual(desk.markOf("a2"), { verdict: "send_back", reason: "other", comment: "the ear" });
  desk.reason(3);
  assert.equal(desk.markOf("a2"), null);
});

test("digits on the whole image say what is wrong with it", () => {
  const { desk } = newReview();
  desk.reason(1);
  assert.equal(desk.said.reason, "wrong class");
  desk.reason(1);
  assert.equal(desk.said.reason, "");
});

test("undo takes back what was said, a text as a whole, and shows where", () => {
  const { desk } = newReview();
  desk.choose("a1");
  desk.reason(2);
  for (const text of ["t", "th", "the"]) desk.comment(text);
  desk.choose(null);
  desk.undo();
  assert.deepEqual(desk.markOf("a1"), { verdict: "send_back", reason: "loose outline", comment: "" });
  assert.equal(desk.current, "a1");
  desk.undo();
  assert.equal(desk.markOf("a1"), null);
  desk.redo();
  desk.redo();
  assert.equal(desk.markOf("a1").comment, "the");
});

test("a pin is placed, written, moved and removed; one that says nothing goes by itself", () => {
  const { desk } = newReview();
  desk.takePin();
  desk.addPin([20, 30], "a1");
  assert.ok(!desk.pinning);
  const [{ key }] = desk.said.pins;
  assert.equal(desk.writing, key);
  desk.writePin(key, "here");
  desk.written();
  desk.movePin(key, [25, 30]);
  assert.deepEqual(desk.placed.map(({ number, x, y, comment, kind }) => [number, x, y, comment, kind]), [[1, 25, 30, "here", "own"]]);
  desk.addPin([1, 1]);
  desk.written();
  assert.equal(desk.said.pins.length, 1);
  desk.removePin(key);
  assert.equal(desk.said.pins.length, 0);
  desk.undo();
  assert.equal(desk.said.pins[0].comment, "here");
});

test("approving is refused while an object is rejected, sending back while nothing says why", async () => {
  const { desk, server } = newReview();
  assert.equal(await desk.decide("send_back"), false);
  assert.match(desk.failure, /Say why/);
  assert.ok(desk.choosing, "the next digit says why");
  desk.choose("a2");
  desk.reason(2);
  assert.equal(await desk.decide("approve"), false);
  assert.match(desk.failure, /Object 2 is marked to be sent back/);
  assert.equal(server.of("decide").length, 0);
  assert.equal(await desk.decide("send_back"), true);
  assert.deepEqual(server.of("decide"), [{
    verdict: "send_back", reason: "", comment: "", objects: { 2: { verdict: "send_back", reason: "loose outline", comment: "" } }, pins: [],
  }]);
});

test("a verdict is given once, and one that the server refuses can be given again", async () => {
  const { desk, server } = newReview();
  server.refuse.decide = { kind: "internal", message: "on fire" };
  assert.equal(await desk.decide("approve"), false);
  assert.equal(desk.failure, "on fire");
  delete server.refuse.decide;
  const both = await Promise.all([desk.decide("approve"), desk.decide("approve")]);
  assert.deepEqual(both, [true, false]);
  assert.equal(server.of("decide").length, 2);
});

test("the press that decided on the image before is not meant for this one", async () => {
  const { desk, time } = newReview({ follows: true });
  time.now = 0.5;
  assert.equal(await desk.decide("approve"), false);
  assert.match(desk.hint, /just opened this image/);
  time.now = 1;
  assert.equal(await desk.decide("approve"), true);
});

test("what a verdict said that was taken back is on the desk again, until something newer was kept", () => {
  const taken_back = [
    { when: "t1", verdict: "send_back", reason: "other", comment: "", annotation: null, pin: null },
    { when: "t1", verdict: "send_back", reason: "loose outline", comment: "", annotation: 2, pin: null },
    { when: "t1", verdict: "approve", reason: "", comment: "", annotation: 9, pin: null }, // deleted since
  ];
  const storage = new Storage();
  const first = newReview({ storage, more: { taken_back } }).desk;
  assert.match(first.hint, /taken back/);
  assert.equal(first.said.reason, "other");
  assert.deepEqual(Object.keys(first.said.marks), ["a2"]);
  first.choose("a2");
  first.approveObject();
  const { desk } = newReview({ storage, more: { taken_back } });
  assert.equal(desk.markOf("a2").verdict, "approve");
  assert.match(desk.hint, /when you left the page/);
});

test("what was taken back and then unsaid does not come again with a reload", () => {
  const taken_back = [{ when: "t1", verdict: "send_back", reason: "", comment: "", annotation: 2, pin: null }];
  const storage = new Storage();
  const first = newReview({ storage, more: { taken_back } }).desk;
  first.choose("a2");
  first.approveObject();
  first.choose("a2");
  first.approveObject();
  assert.equal(first.markOf("a2"), null);
  const second = newReview({ storage, more: { taken_back } }).desk;
  assert.equal(second.markOf("a2"), null);
  second.say("");
  assert.equal(newReview({ storage, more: { taken_back } }).desk.markOf("a2"), null);
  // Decided in another browser, and taken back again here: what this one kept is of the time before.
  const newer = [{ ...taken_back[0], when: "t2", comment: "the ear" }];
  const third = newReview({ storage, more: { taken_back: newer } }).desk;
  assert.equal(third.markOf("a2").comment, "the ear");
  assert.match(third.hint, /taken back/);
  assert.equal(newReview({ storage }).desk.markOf("a2"), null, "nor does it say anything of a later review");
});

test("what was said survives a reload, and goes with the verdict", async () => {
  const storage = new Storage();
  const first = newReview({ storage });
  first.desk.choose("a1");
  first.desk.reason(1);
  first.desk.addPin([5, 6]);
  first.desk.writePin(first.desk.said.pins[0].key, "here");
  const { desk } = newReview({ storage });
  assert.equal(desk.markOf("a1").reason, "wrong class");
  assert.equal(desk.said.pins[0].comment, "here");
  assert.equal(desk.current, "a1");
  assert.ok(!desk.fixing);
  await desk.decide("send_back");
  assert.equal(storage.kept.size, 0);
});

test("what was said before somebody else worked on the image is not said of what it is now", () => {
  const storage = new Storage();
  newReview({ storage, more: { others: 3 } }).desk.reason(1);
  assert.notDeepEqual(newReview({ storage, more: { others: 3 } }).desk.said, newReview().desk.said);
  const { desk } = newReview({ storage, more: { others: 4 } });
  assert.deepEqual(desk.said, newReview().desk.said);
  assert.match(desk.hint, /Somebody else/);
});

test("giving back drops what was said, here and on the server", async () => {
  const { desk, server, storage } = newReview();
  desk.reason(1);
  assert.ok(await desk.release());
  assert.deepEqual(server.of("draft").at(-1), { draft: null });
  assert.equal(storage.kept.size, 0);
});

test("fixing opens the object that is looked at; what is saved is not rejected any more", async () => {
  const { desk, server } = newReview();
  desk.choose("a1");
  desk.reason(2);
  desk.fix();
  assert.ok(desk.fixing);
  assert.equal(desk.drawing.base, "a1");
  desk.edit([[[[10, 10], [60, 10], [60, 50], [10, 50]]]], 2);
  assert.equal(await desk.decide("approve"), false, "not with an open outline");
  desk.fix();
  assert.ok(desk.fixing, "nor can fixing end with one");
  desk.accept();
  await settle();
  assert.equal(server.of("save")[0].annotation, 1);
  assert.equal(server.of("save")[0].base_revision, 1);
  assert.equal(desk.markOf("a1"), null);
  desk.step(1);
  assert.equal(desk.drawing.base, "a2", "on from the one that was saved");
  desk.putDown();
  assert.ok(desk.fixing);
  desk.putDown();
  assert.ok(!desk.fixing);
  assert.equal(await desk.decide("approve"), true);
});

test("an object that the reviewer adds can be judged like any other", async () => {
  const { desk, server } = newReview({ annotations: [] });
  desk.fix();
  desk.take("manual");
  for (const at of [[10, 10], [40, 10], [40, 40]]) desk.point(at);
  desk.accept();
  await settle();
  desk.fix();
  assert.equal(desk.objects.list.length, 1);
  desk.choose(desk.objects.list[0].local);
  desk.reason(3);
  const { review } = desk.draft;
  const id = desk.objects.idOf(desk.objects.list[0].local);
  assert.deepEqual(Object.keys(review.marks), [`a${id}`]);
});

test("an outline that was open when the page was left is open again", () => {
  const storage = new Storage();
  const first = newReview({ storage });
  first.desk.choose("a2");
  first.desk.fix();
  first.desk.edit([[[[10, 10], [70, 10], [60, 50], [10, 50]]]], 1);
  const { desk } = newReview({ storage });
  assert.ok(desk.fixing);
  assert.deepEqual(desk.drawing.outline[0][0][1], [70, 10]);
});

test("where another tab has the image, it can be looked at and nothing said", async () => {
  const { desk, server } = newReview({ seat: { mine: false } });
  desk.choose("a1");
  assert.equal(desk.current, "a1");
  desk.reason(1);
  desk.addPin([1, 1]);
  assert.deepEqual(desk.said.marks, {});
  assert.equal(desk.said.pins.length, 0);
  assert.equal(await desk.decide("approve"), false);
  assert.equal(server.of("decide").length, 0);
});

test("what was changed since the last review is known", () => {
  const reviews = [{ who: "Rita", when: "2026-01-02T10:00:00+00:00", verdict: "send_back", reason: "other", comment: "", annotation: null, pin: null }];
  const { desk } = newReview({
    reviews, annotations: [annotation(1, { written: "2026-01-02T09:00:00+00:00" }), annotation(2, { written: "2026-01-02T11:00:00+00:00" })],
  });
  assert.deepEqual(desk.objects.list.map((object) => desk.isSince(object)), [false, true]);
});

test("no two actions of a reviewer have the same key", () => {
  for (const actions of [REVIEW_ACTIONS, FIX_ACTIONS]) {
    const keys = Object.values(actions).flatMap(([, own]) => own);
    assert.equal(new Set(keys).size, keys.length, keys.filter((key, i) => keys.indexOf(key) !== i).join());
    assert.ok(!keys.some((key) => /^[1-9]$/.test(key)));
  }
});

test("what the second annotator did otherwise is taken by the server, and the objects are as it says", async () => {
  const server = new FakeServer();
  const other = [[[[0, 0], [9, 0], [9, 9], [0, 9]]]];
  const difference = { who: "Ben", outcome: "wrong_class", iou: 0.9, annotation: 1, class: 2, outline: other, taken: false };
  server._take = () => ({ differences: [{ ...difference, taken: true }], annotations: [annotation(1, { class: 2, outline: other, revision: 2 })] });
  const { desk } = newReview({ server, annotations: [annotation(1)], more: { differences: [difference] } });
  desk.choose("a1");
  assert.ok(await desk.takeTheirs(0));
  assert.deepEqual(server.of("take"), [{ number: 0 }]);
  assert.deepEqual([desk.object.class, desk.object.outline, desk.differences[0].taken], [2, other, true]);
});

test("what was taken from the second annotator is given back, and taken again", async () => {
  const server = new FakeServer();
  const other = [[[[0, 0], [9, 0], [9, 9], [0, 9]]]];
  const [changed, gone, more] = [
    annotation(1, { class: 2, outline: other, revision: 2 }), annotation(2), annotation(3, { outline: other, key: "3" }),
  ];
  const told = (taken) => [1, 2, 3].map((id) => ({ who: "Ben", annotation: id, class: 1, taken: taken >= id }));
  const steps = [[changed, gone], [changed], [changed, more]];
  server._take = ({ number }) => {
    for (const one of steps[number]) server.annotations.set(one.id, one);
    if (number) server.annotations.set(2, { ...gone, revision: 2, deleted: true });
    return { differences: told(number + 1), annotations: steps[number] };
  };
  const { desk } = newReview({ server, more: { differences: told(0) } });
  for (const number of [0, 1, 2]) assert.ok(await desk.takeTheirs(number));
  const now = () => [server.present.map(({ id, outline }) => [id, outline[0][0].length === 4 && outline[0][0][0][0]]).sort(), desk.differences.filter(({ taken }) => taken).length];
  assert.deepEqual(now(), [[[1, 0], [3, 0]], 3]);
  const walk = [[[[1, 0]], 2], [[[1, 0], [2, 10]], 1], [[[1, 10], [2, 10]], 0]];
  for (const there of walk) {
    desk.undo();
    await settle();
    assert.deepEqual(now(), there);
  }
  assert.deepEqual(desk.objects.list.map(({ local, state }) => [local, state]), [["a1", "saved"], ["a2", "saved"]]);
  for (let i = 0; i < 3; i++) desk.redo();
  await settle();
  assert.deepEqual(now(), [[[1, 0], [3, 0]], 3]);
});

test("what was fixed by hand after it was taken over is not written over by undo", async () => {
  const server = new FakeServer();
  const other = [[[[0, 0], [9, 0], [9, 9], [0, 9]]]];
  server._take = () => ({ differences: [], annotations: [annotation(1, { outline: other, revision: 2 }), annotation(2)] });
  const { desk } = newReview({ server });
  desk.choose("a1");
  assert.ok(await desk.takeTheirs(0));
  desk.fix();
  desk.deleteObject("a1");
  desk.fix(false);
  await settle();
  const calls = server.calls.length;
  desk.undo();
  await settle();
  assert.match(desk.hint, /changed by hand since/);
  assert.deepEqual([server.calls.length, desk.lost], [calls, ""]);
});

test("what could not be saved outlives what is taken over, and nothing is done while that is on its way", async () => {
  const server = new FakeServer();
  const { desk } = newReview({ server });
  server.refuse.save = { kind: "invalid", message: "no such class" };
  desk.fix();
  desk.take("manual");
  for (const point of [[0, 0], [9, 0], [9, 9]]) desk.point(point);
  desk.accept();
  desk.point([60, 60]); // another drawing is open, so the failed one stays in the list
  await settle();
  desk.drop();
  desk.fix(false);
  const failed = desk.objects.list.find(({ state }) => state === "failed");
  assert.ok(failed);
  server._take = () => ({ differences: [], annotations: [annotation(1, { revision: 2 }), annotation(2)] });
  const go = server.hold("take");
  const taken = desk.takeTheirs(0);
  await settle();
  desk.choose("a1");
  desk.approveObject();
  desk.fix();
  assert.deepEqual([desk.markOf("a1"), desk.fixing], [null, false]);
  go();
  assert.ok(await taken);
  assert.deepEqual(desk.objects.list.map(({ local, state }) => [local, state]), [["a1", "saved"], ["a2", "saved"], [failed.local, "failed"]]);
  desk.approveObject();
  assert.ok(desk.markOf("a1"));
});

test("what the reviewer changed and could not save, or what is on its way, is not covered by what is taken over", async () => {
  const server = new FakeServer();
  const difference = { who: "Ben", outcome: "matched", iou: 0.5, annotation: 1, class: 1, outline: SQUARE, taken: false };
  server._take = () => ({ differences: [], annotations: TWO });
  const { desk } = newReview({ server, more: { differences: [difference] } });
  const go = server.hold("save");
  desk.fix();
  desk.open("a1");
  desk.edit([[[[10, 10], [60, 10], [50, 50]]]], 1);
  desk.accept();
  desk.point([60, 60]); // another drawing is open, so a save that fails stays in the list
  await settle();
  desk.drop();
  desk.fix(false);
  assert.equal(await desk.takeTheirs(0), false);
  assert.match(desk.hint, /still being saved/);
  desk.choose("a2");
  desk.approveObject();
  assert.ok(desk.markOf("a2"), "the rest of the review goes on");
  desk.fix();
  desk.point([60, 60]);
  server.refuse.save = { kind: "invalid", message: "no" };
  go();
  await settle();
  desk.drop();
  desk.fix(false);
  assert.equal(desk.objects.get("a1").state, "failed");
  assert.equal(await desk.takeTheirs(0), false);
  assert.match(desk.hint, /could not be saved/);
  assert.equal(server.of("take").length, 0);
});

test("a difference is said in words", async () => {
  const { inWords } = await load("differences");
  const say = (outcome, iou = 0.5) => inWords({ who: "Ben", outcome, iou }, "object 2", "dog");
  assert.deepEqual(["missed", "extra", "wrong_class", "matched"].map((outcome) => say(outcome)), [
    "Ben does not have object 2", "Ben has another object: dog", "Ben labels object 2 as dog", "Ben outlines object 2 differently (IoU 0.50)",
  ]);
});

test("a comment that was begun outlives a reload beside what was said, and opens no drawing", () => {
  const storage = new Storage();
  const { desk } = newReview({ storage });
  desk.choose("a2");
  desk.threads.write("which one");
  const { desk: again } = newReview({ storage });
  assert.deepEqual([again.threads.text, again.subject, again.fixing, again.isOpen], ["which one", "a2", false, false]);
});
