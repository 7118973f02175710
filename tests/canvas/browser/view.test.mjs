import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./helpers.mjs";

const v = await load("view");
const { levelFor, levelsOf, tilesWithin } = await load("tiles");

const STAGE = { width: 800, height: 600 }, IMAGE = { width: 1920, height: 1080 };
const near = (a, b) => a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) < 1e-9, `${a} is not ${b}`));

test("the whole image fits and lies in the middle", () => {
  const view = v.fit(STAGE, IMAGE);
  assert.equal(view.scale, 800 / 1920);
  near(v.toScreen(view, [960, 540]), [400, 300]);
});

test("there and back is the same point, at every zoom", () => {
  for (const factor of [0.1, 1, 7.3, 100]) {
    const view = v.zoomed(v.fit(STAGE, IMAGE), factor, [123, 45]);
    near(v.toImage(view, v.toScreen(view, [321.5, 7.25])), [321.5, 7.25]);
  }
});

test("the point under the cursor stays there while zooming", () => {
  const view = v.fit(STAGE, IMAGE);
  const before = v.toImage(view, [500, 200]);
  near(v.toImage(v.zoomed(view, 3, [500, 200]), [500, 200]), before);
});

test("closer than 32 there is nothing more to see", () => {
  assert.equal(v.zoomed(v.fit(STAGE, IMAGE), 1e6).scale, 32);
});

test("the image cannot be lost by panning", () => {
  const view = v.panned(v.fit(STAGE, IMAGE), 1e6, 1e6);
  const [x, y] = v.toScreen(view, [0, 0]);
  assert.ok(x < 800 && y < 600);
});

test("a box is brought into the middle with room around it", () => {
  const view = v.around(v.fit(STAGE, IMAGE), [100, 100, 200, 150]);
  near(v.toScreen(view, [150, 125]), [400, 300]);
  assert.ok(v.shows(view, [100, 100, 200, 150]));
});

test("another size of the stage keeps the middle", () => {
  const view = v.zoomed(v.fit(STAGE, IMAGE), 4, [100, 100]);
  const centre = v.toImage(view, [400, 300]);
  near(v.toImage(v.resized(view, { width: 500, height: 900 }), [250, 450]), centre);
});

test("tiles: the level fits the screen's pixels, and only what is in sight is fetched", () => {
  assert.equal(levelsOf(512, 300), 1);
  assert.equal(levelsOf(12000, 8000), 6);
  assert.equal(levelFor(1, 1, 6), 0);
  assert.equal(levelFor(0.25, 1, 6), 2);
  assert.equal(levelFor(0.25, 2, 6), 1);
  assert.equal(levelFor(0.001, 1, 6), 5);
  assert.deepEqual(tilesWithin([600, 0, 1030, 500], 0, 1920, 1080), [[1, 0], [2, 0]]);
  assert.deepEqual(tilesWithin([0, 0, 1920, 1080], 2, 1920, 1080), [[0, 0]]);
});
