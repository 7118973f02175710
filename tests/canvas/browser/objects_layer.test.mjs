import assert from "node:assert/strict";
import test from "node:test";

const BROWSER = "../../../maa/canvas/workbench/browser";
const { inSight, transformOf } = await import(`${BROWSER}/objects_layer.js`);
const { tagPlace } = await import(`${BROWSER}/paint.js`);
const { fit, panned, toScreen, zoomed } = await import(`${BROWSER}/view.js`);

const VIEW = fit({ width: 800, height: 600 }, { width: 4000, height: 3000 });
const square = (x, y, side) => ({ outline: [[[[x, y], [x + side, y], [x + side, y + side], [x, y + side]]]] });

test("a picture painted for one view lies where another view has it", () => {
  for (const now of [panned(VIEW, 37, -21), zoomed(VIEW, 1.7, [123, 456]), panned(zoomed(VIEW, 20, [300, 200]), 5, 9)]) {
    const [a, b, c, d, x, y] = transformOf(VIEW, now).match(/-?[\d.e-]+/g).map(Number);
    assert.deepEqual([b, c], [0, 0]);
    for (const point of [[0, 0], [1234.5, 678.25], [4000, 3000]]) {
      const painted = toScreen(VIEW, point), wanted = toScreen(now, point);
      assert.ok(Math.abs(a * painted[0] + x - wanted[0]) < 1e-6 && Math.abs(d * painted[1] + y - wanted[1]) < 1e-6);
    }
  }
  assert.equal(transformOf(VIEW, VIEW), "none");
});

test("only objects in sight are painted", () => {
  const close = zoomed(VIEW, 10, [0, 0]); // the top-left 400 x 300 pixels
  const objects = [square(10, 10, 50), square(395, 10, 50), square(500, 10, 50), { outline: null }];
  assert.deepEqual(inSight(close, objects), objects.slice(0, 2));
});

test("a tag stays in sight, and beside those that are there", () => {
  const view = { width: 800, height: 600 };
  const first = tagPlace([], 790, -5, 60, view);
  assert.deepEqual([first.left, first.top], [740, 0]);
  const second = tagPlace([first], 700, 3, 60, view);
  assert.ok(second.top >= 16, "below the first, which it would hide");
  assert.equal(tagPlace([first, second], 300, 3, 60, view).top, 3, "there is room");
  const crowd = Array.from({ length: 40 }, (_, row) => ({ left: 0, top: 17 * row, width: 800 }));
  assert.equal(tagPlace(crowd, 300, 200, 60, view).top, 200, "where there is none, it lies over another");
});
