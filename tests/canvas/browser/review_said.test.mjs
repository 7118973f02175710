import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./helpers.mjs";

const {
  APPROVED, NOTHING, SENT_BACK, isNothing, needsReason, nextUnmarked, refusal, restored, reviewerSaid, rounds, saidWith, toKeep, toSend, withMark,
  withPin, withPinChanged, withoutPin,
} = await load("review_said");

const OBJECTS = [{ local: "a1" }, { local: "a2" }, { local: "n3" }];
const IDS = { a1: 1, a2: 2, n3: 30 };
const idOf = (local) => IDS[local] ?? null;
const bad = (reason, comment = "") => ({ verdict: SENT_BACK, reason, comment });
const good = { verdict: APPROVED, reason: "", comment: "" };

test("a mark comes, changes and goes, and what was before stays as it was", () => {
  const once = withMark(NOTHING, "a1", bad("wrong class"));
  const twice = withMark(once, "a1", good);
  assert.equal(once.marks.a1.reason, "wrong class");
  assert.equal(twice.marks.a1.verdict, APPROVED);
  assert.ok(isNothing(withMark(twice, "a1", null)));
});

test("the next object without a mark is looked for all round", () => {
  const said = withMark(withMark(NOTHING, "a2", good), "n3", good);
  assert.equal(nextUnmarked(said, OBJECTS, "a2"), "a1");
  assert.equal(nextUnmarked(withMark(said, "a1", good), OBJECTS, "a2"), null);
  assert.equal(nextUnmarked(NOTHING, OBJECTS, null), "a1");
});

test("sending back needs a reason somewhere; a pin alone is none", () => {
  const pinned = withPin(NOTHING, { key: "k", x: 1, y: 2, comment: "here", local: null });
  assert.match(refusal(SENT_BACK, pinned, OBJECTS), /Say why/);
  assert.ok(needsReason(pinned, OBJECTS));
  assert.equal(refusal(SENT_BACK, { ...pinned, reason: "other" }, OBJECTS), "");
  assert.equal(refusal(SENT_BACK, withMark(NOTHING, "a2", bad("other")), OBJECTS), "");
  assert.match(refusal(SENT_BACK, withMark(NOTHING, "gone", bad("other")), OBJECTS), /Say why/);
});

test("what is rejected, pinned or complained of is not approved", () => {
  assert.equal(refusal(APPROVED, NOTHING, OBJECTS), "");
  assert.match(refusal(APPROVED, withMark(NOTHING, "a2", bad("other")), OBJECTS), /Object 2 is marked to be sent back/);
  assert.match(refusal(APPROVED, withPin(NOTHING, { key: "k", x: 1, y: 2, comment: "here" }), OBJECTS), /remove the pin/);
  assert.match(refusal(APPROVED, { ...NOTHING, reason: "other" }, OBJECTS), /“other”/);
  assert.equal(refusal(APPROVED, { ...NOTHING, comment: "well done" }, OBJECTS), "");
});

test("a verdict names objects by the server's numbers, and says nothing of what is gone", () => {
  let said = withMark(withMark(withMark(NOTHING, "n3", bad("other", " left ")), "a1", good), "gone", good);
  said = withPin(said, { key: "k", x: 1.5, y: 2.5, comment: " here ", local: "a2" });
  said = withPin(said, { key: "l", x: 3, y: 4, comment: " ", local: null });
  said = withPin(said, { key: "m", x: 5, y: 6, comment: "there", local: "gone" });
  assert.deepEqual(toSend(SENT_BACK, { ...said, comment: "see the ear " }, OBJECTS, idOf), {
    verdict: SENT_BACK, reason: "", comment: "see the ear",
    objects: { 30: bad("other", "left"), 1: good },
    pins: [{ x: 1.5, y: 2.5, comment: "here", annotation: 2 }, { x: 5, y: 6, comment: "there", annotation: null }],
  });
});

test("a draft is found again after a reload, when objects have other local names", () => {
  const said = withPin(withMark(withMark(NOTHING, "n3", good), "a1", bad("other")), { key: "k", x: 1, y: 2, comment: "here", local: "n3" });
  const kept = JSON.parse(JSON.stringify(toKeep(said, idOf)));
  const back = restored(kept, [{ local: "a30" }]);
  assert.deepEqual(back.marks, { a30: good });
  assert.equal(back.pins[0].local, "a30");
  assert.deepEqual(restored(undefined, OBJECTS), NOTHING);
});

test("what was said with a verdict that was taken back is there to go on from", () => {
  let said = withMark(withMark({ ...NOTHING, reason: "other", comment: "nearly" }, "a1", good), "a2", bad("other", "left"));
  said = withPin(said, { key: "k", x: 1.5, y: 2.5, comment: "here", local: "a2" });
  const row = (more) => ({ verdict: SENT_BACK, reason: "", comment: "", annotation: null, pin: null, ...more });
  const back = saidWith([
    row({ reason: "other", comment: "nearly" }), row({ annotation: 1, verdict: APPROVED }),
    row({ annotation: 2, reason: "other", comment: "left" }), row({ annotation: 2, comment: "here", pin: [1.5, 2.5] }),
  ]);
  assert.deepEqual(toSend(SENT_BACK, back, OBJECTS, idOf), toSend(SENT_BACK, said, OBJECTS, idOf));
  assert.ok(isNothing(saidWith([row({ verdict: APPROVED })])));
});

test("pins change and go by their key", () => {
  const said = withPin(withPin(NOTHING, { key: "k", x: 1, y: 2, comment: "" }), { key: "l", x: 3, y: 4, comment: "" });
  assert.deepEqual(withPinChanged(said, "l", { comment: "there" }).pins.map((pin) => pin.comment), ["", "there"]);
  assert.deepEqual(withoutPin(said, "k").pins.map((pin) => pin.key), ["l"]);
});

test("earlier verdicts are told newest first, each with what it said of objects and places", () => {
  const review = (when, more) => ({ who: "Rita", when, verdict: SENT_BACK, reason: "", comment: "", annotation: null, pin: null, ...more });
  const found = rounds([
    review("t1", { reason: "other" }), review("t1", { annotation: 4, reason: "loose outline" }), review("t1", { annotation: 5, verdict: APPROVED }),
    review("t1", { pin: [7, 8], comment: "here", annotation: 4 }), review("t2", { verdict: APPROVED, comment: "fine" }),
  ]);
  assert.deepEqual(found.map((round) => [round.verdict, round.reason, round.comment]), [[APPROVED, "", "fine"], [SENT_BACK, "other", ""]]);
  assert.deepEqual(found[1].objects.map((one) => one.annotation), [4]);
  assert.deepEqual(found[1].pins, [{ x: 7, y: 8, comment: "here", annotation: 4 }]);
});

test("a reviewer's own object is not called a correction", () => {
  assert.equal(reviewerSaid({ correction: true, revision: 1, author: "Rita" }), "added by Rita");
  assert.equal(reviewerSaid({ correction: true, revision: 3, author: "Rita" }), "corrected by Rita");
  assert.equal(reviewerSaid({ correction: false, revision: 1, author: "Ana" }), "");
});
