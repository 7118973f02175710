import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./helpers.mjs";

const g = await load("geometry");
const { crossesItself } = await load("shapes");

const SQUARE = [[[[0, 0], [10, 0], [10, 10], [0, 10]]]];
const HOLED = [[SQUARE[0][0], [[3, 3], [3, 6], [6, 6], [6, 3]]]];

/** The area of a single ring (shoelace). */
function areaOf([[ring]]) {
  const twice = ring.map(([x, y], i) => ring.at(i - 1)[0] * y - x * ring.at(i - 1)[1]);
  return Math.abs(twice.reduce((sum, one) => sum + one)) / 2;
}

test("a hole is not inside", () => {
  assert.ok(g.contains(HOLED, [1, 1]));
  assert.ok(!g.contains(HOLED, [4, 4]));
  assert.ok(!g.contains(HOLED, [11, 4]));
});

test("the nearest vertex and edge are found within reach only, in holes as well", () => {
  assert.deepEqual(g.nearestVertex(HOLED, [5.8, 5.9], 1).ring, 1);
  assert.equal(g.nearestVertex(HOLED, [5, 1.5], 1), null);
  const edge = g.nearestEdge(SQUARE, [5, -0.5], 1);
  assert.deepEqual([edge.index, edge.at], [0, [5, 0]]);
});

test("a vertex is added after the edge's first", () => {
  const next = g.insertVertex(SQUARE, { part: 0, ring: 0, index: 3 }, [-1, 5]);
  assert.deepEqual(next[0][0].at(-1), [-1, 5]);
  assert.equal(SQUARE[0][0].length, 4, "the old outline is as it was");
});

test("deleting too many of a hole closes it, of the exterior removes the part", () => {
  const hole = g.deleteVertices(HOLED, [{ part: 0, ring: 1, index: 0 }, { part: 0, ring: 1, index: 1 }]);
  assert.equal(hole[0].length, 1);
  assert.equal(g.deleteVertices(SQUARE, [0, 1].map((index) => ({ part: 0, ring: 0, index }))), null);
});

test("a group moves together", () => {
  const moved = g.moveVertices(SQUARE, [[{ part: 0, ring: 0, index: 0 }, [-1, -1]], [{ part: 0, ring: 0, index: 1 }, [11, -1]]]);
  assert.deepEqual(moved[0][0], [[-1, -1], [11, -1], [10, 10], [0, 10]]);
});

test("a rubber band finds vertices whichever way it is drawn", () => {
  assert.equal(g.verticesWithin(SQUARE, [11, 1], [-1, -1]).length, 2);
});

test("a new stretch of border replaces the way that lies nearer", () => {
  const place = (index) => ({ part: 0, ring: 0, index });
  const dented = g.replaceStretch(SQUARE, place(0), place(1), [[5, 3]]);
  assert.equal(areaOf(dented), 85);
  const other = g.replaceStretch(SQUARE, place(1), place(0), [[5, -3]]);
  assert.equal(areaOf(other), 115);
  const long = g.replaceStretch(SQUARE, place(0), place(2), [[0, 12], [10, 12]].map(([x, y]) => [x, y]));
  assert.ok(long[0][0].some(([x, y]) => x === 10 && y === 0), "the far way stays");
});

test("points snap to a vertex before an edge, and not at all from afar", () => {
  assert.deepEqual(g.snapped([10.4, 0.3], [SQUARE], 1), [10, 0]);
  assert.deepEqual(g.snapped([5, 0.4], [SQUARE], 1), [5, 0]);
  assert.deepEqual(g.snapped([5, 3], [SQUARE], 1), [5, 3]);
});

test("an outline that crosses itself is known", () => {
  assert.ok(!crossesItself(SQUARE));
  assert.ok(crossesItself([[[[0, 0], [10, 10], [10, 0], [0, 10]]]]));
});
