import assert from "node:assert/strict";
import test from "node:test";
import { FakeServer, SQUARE, Storage, annotation, newDesk, settle } from "./helpers.mjs";
import { load } from "./helpers.mjs";

const { Frames, PLAYED } = await load("frames");
const { placeOf, timeOf } = await load("frame_strip");
const { ACTIONS } = await load("keys");

/** Forty images, 101 to 140; number 10 (image 111, place 11) is in hand; `labeled` are images. */
async function newFrames({ labeled = [], storage = new Storage(), here = 10, of = 40, server = new FakeServer(), sequence = true, loaded = true, ...more } = {}) {
  const list = Array.from({ length: of }, (_, i) => [101 + i, 5 * i, labeled.includes(101 + i)]);
  server._frames = () => ({ frames: list, place: here + 1, of, video: null, seconds: null });
  server._outlines = ({ image }) => ({ objects: [{ id: 1000 + image, class: 1, outline: SQUARE }, { id: 2000 + image, class: 2, outline: [[[[20, 20], [30, 20], [30, 30], [20, 30]]]] }] });
  server._carry = ({ image, annotations }) => ({
    annotations: annotations.map((id) => annotation(image * 10 + id, { origin: "prelabel", prelabel: true, confidence: 0.8 })), how: annotations.map(() => "model"),
  });
  const made = newDesk({ server, storage, ...more });
  made.desk.image.id = 101 + here;
  const fetched = [];
  const tilesOf = (image) => ({ image, coarse: async () => { fetched.push(image); } });
  const waits = [];
  const frames = new Frames({ desk: made.desk, server, storage, sequence, tilesOf, changed: () => {}, wait: (ms) => new Promise((resolve) => waits.push([ms, resolve])) });
  /** Let the times of so many frames pass. */
  const pass = async (count) => {
    for (let i = 0; i < count; i++) {
      await settle();
      for (const [, resolve] of waits.splice(0).filter(([ms]) => ms < 1000)) resolve();
    }
    await settle();
  };
  if (loaded) await frames.load();
  await settle();
  return { ...made, frames, fetched, pass, storage };
}

test("stepping looks at frames, Escape or a change brings the own one back and does no more", async () => {
  const { frames, server, desk } = await newFrames();
  assert.equal(frames.viewing, false);
  assert.equal(frames.picture, null);
  frames.step(1);
  frames.step(1);
  assert.equal(frames.picture.tiles.image, 113);
  assert.equal(placeOf(frames), "Frame 13 of 40 · yours is 11");
  assert.equal(frames.stops("Look"), false, "zooming goes on");
  assert.equal(frames.stops("Draw"), true);
  assert.equal(frames.viewing, false);
  assert.match(desk.hint, /Back on your frame/);
  assert.equal(frames.stops("Draw"), false, "the next one is meant");
  await settle();
  assert.deepEqual(server.of("looked").map(({ steps, plays }) => [steps, plays]), [[2, 0]]);
});

test("the sequence has ends, and stepping back to the own frame ends the looking", async () => {
  const { frames, desk } = await newFrames({ here: 0, of: 2 });
  frames.step(-1);
  assert.match(desk.hint, /no earlier/);
  frames.step(1);
  frames.step(1);
  assert.match(desk.hint, /no later/);
  frames.step(-1);
  assert.equal(frames.viewing, false);
});

test("playing shows the frames around one after the other, fetched ahead, and returns", async () => {
  const { frames, fetched, pass, server } = await newFrames({ here: 20 });
  frames.play();
  await pass(1);
  assert.equal(frames.playing, true);
  assert.equal(frames.picture.coarse, true);
  const first = frames.at;
  assert.ok(first === 20 - PLAYED || first === 21 - PLAYED);
  assert.ok(fetched.includes(101 + first + 3), "pictures are fetched before they are due");
  await pass(2 * PLAYED + 1);
  assert.equal(frames.playing, false);
  assert.equal(frames.at, 20);
  assert.deepEqual(server.of("looked").map(({ plays }) => plays), [1]);
});

test("playing is stopped where it is, goes on from there, and ends with a change", async () => {
  const { frames, pass } = await newFrames({ here: 20 });
  frames.play();
  await pass(4);
  frames.play();
  const at = frames.at;
  await pass(3);
  assert.equal(frames.at, at);
  assert.equal(frames.viewing, true);
  frames.play();
  await pass(1);
  assert.ok(frames.at >= at && frames.at <= at + 1);
  frames.stops("Object");
  await pass(3);
  assert.equal(frames.at, 20);
});

test("the nearest labeled neighbours' outlines are shown, and asked for once", async () => {
  const { frames, server } = await newFrames({ labeled: [102, 108, 110, 113, 114] });
  assert.equal(server.of("outlines").length, 0, "off: nothing is sent");
  frames.toggle();
  await settle();
  assert.deepEqual(server.of("outlines").map(({ image }) => image), [110, 113]);
  assert.deepEqual(frames.outlines.map(({ id }) => id), [1110, 2110, 1113, 2113]);
  frames.toggle();
  assert.deepEqual(frames.outlines, []);
  frames.toggle();
  await settle();
  assert.equal(server.of("outlines").length, 2);
});

test("a frame that is looked at shows its own outlines", async () => {
  const { frames } = await newFrames({ labeled: [112] });
  frames.toggle();
  frames.step(1);
  await settle();
  assert.deepEqual(frames.outlines.map(({ image }) => image), [112, 112]);
  frames.step(1);
  assert.deepEqual(frames.outlines, []);
});

test("whether neighbours are shown is remembered for the next image", async () => {
  const { frames, storage } = await newFrames({ labeled: [110] });
  frames.toggle();
  const next = await newFrames({ labeled: [111], here: 11, storage });
  assert.equal(next.frames.outlines.length, 2);
});

test("the smallest neighbour under the cursor is taken over, opens as a pre-label, and can be undone", async () => {
  const { frames, desk, server } = await newFrames({ labeled: [110] });
  frames.toggle();
  await settle();
  await frames.carry([25, 25]);
  assert.deepEqual(server.of("carry"), [{ image: 110, annotations: [2110] }]);
  assert.equal(desk.objects.list.length, 1);
  assert.equal(desk.drawing.base, desk.objects.list[0].local);
  assert.equal(desk.prelabels.left.length, 1);
  desk.accept();
  await settle();
  assert.equal(server.of("confirm").length, 1);
  desk.undo();
  await settle();
  assert.equal(server.of("undecide").length, 1);
  assert.equal(desk.prelabels.left.length, 1);
  desk.undo();
  await settle();
  assert.equal(server.of("delete").length, 1);
  assert.equal(desk.objects.list.length, 0);
});

test("without an outline under the cursor nothing is taken over", async () => {
  const { frames, desk, server } = await newFrames({ labeled: [110] });
  frames.carry([25, 25]);
  assert.match(desk.hint, /point at one/);
  await settle();
  frames.carry([90, 70]);
  assert.match(desk.hint, /Point at/);
  frames.carry(null);
  assert.equal(server.of("carry").length, 0);
});

test("all of a neighbour's objects are taken over; an open drawing stays open", async () => {
  const { frames, desk, server } = await newFrames({ labeled: [110, 112] });
  desk.point([5, 5]);
  await frames.carryAll();
  assert.deepEqual(server.of("carry"), [{ image: 110, annotations: [1110, 2110] }]);
  assert.equal(desk.prelabels.left.length, 2);
  assert.equal(desk.drawing.points.length, 1);
  assert.match(desk.hint, /Taken over: 2/);
});

test("what was there already is opened, not doubled", async () => {
  const { frames, desk, server } = await newFrames({ labeled: [110], annotations: [annotation(7)] });
  server._carry = () => ({ annotations: [annotation(7)], how: [""] });
  frames.toggle();
  await settle();
  await frames.carry([25, 25]);
  assert.equal(desk.objects.list.length, 1);
  assert.equal(desk.drawing.base, "a7");
  assert.equal(desk.history.canUndo, false);
});

test("a refusal is said, and the next try is taken", async () => {
  const { frames, desk, server } = await newFrames({ labeled: [110] });
  server.refuse.carry = { kind: "conflict", message: "Ben has it." };
  await frames.carryAll();
  assert.equal(desk.failure, "Ben has it.");
  delete server.refuse.carry;
  await frames.carryAll();
  assert.equal(desk.prelabels.left.length, 2);
});

test("by hand nothing is taken over, and a tab without the seat takes nothing", async () => {
  const byHand = await newFrames({ labeled: [110], arm: "manual" });
  await byHand.frames.carryAll();
  assert.match(byHand.desk.hint, /by hand/);
  const other = await newFrames({ labeled: [110], seat: { mine: false } });
  await other.frames.carryAll();
  assert.equal(byHand.server.of("carry").length + other.server.of("carry").length, 0);
});

test("a key that comes before the answer does what it says once that is there", async () => {
  const storage = new Storage();
  storage.setItem("maa.neighbours", "1");
  const { frames, desk, server } = await newFrames({ labeled: [110], storage, loaded: false });
  const loading = frames.load(); // the outlines of neighbours are asked for as soon as they are known
  frames.carryAll();
  assert.equal(desk.hint, "");
  await loading;
  await settle();
  assert.equal(server.of("frames").length, 1);
  assert.equal(server.of("outlines").length, 1);
  assert.equal(desk.prelabels.left.length, 2);
  assert.match(desk.hint, /Taken over: 2/);
});

test("where this frame is can be asked again when no answer came", async () => {
  const { frames, desk, server } = await newFrames({ loaded: false });
  server.refuse.frames = { kind: "offline", message: "" };
  frames.step(1);
  await settle();
  assert.match(desk.hint, /cannot be loaded right now/);
  delete server.refuse.frames;
  frames.step(1);
  await settle();
  assert.equal(frames.picture.tiles.image, 112);
});

test("a neighbour whose objects could not be asked for is not said to have none", async () => {
  const { frames, desk, server } = await newFrames({ labeled: [110] });
  server.refuse.outlines = { kind: "offline", message: "" };
  await frames.carryAll();
  assert.match(desk.hint, /cannot be loaded right now/);
  delete server.refuse.outlines;
  await frames.carryAll();
  assert.match(desk.hint, /Taken over: 2/);
});

test("a photo has no frames: the keys say so", async () => {
  const { frames, desk } = await newFrames({ sequence: false, loaded: false });
  for (const act of [() => frames.step(1), () => frames.play(), () => frames.toggle(), () => frames.carry([1, 1]), () => frames.carryAll()]) {
    desk.hint = "";
    act();
    assert.match(desk.hint, /not part of a sequence/);
  }
});

test("times are said as people read them", () => {
  assert.deepEqual([0, 4.25, 65, 3661.5].map(timeOf), ["0:00.0", "0:04.3", "1:05.0", "1:01:01.5"]);
});

test("the frames' keys are in the sheet", () => {
  const names = Object.keys(ACTIONS).filter((name) => ACTIONS[name][2] === "Frames");
  assert.deepEqual(names, ["previousFrame", "nextFrame", "play", "neighbours", "carry", "carryAll"]);
});
