import { test } from "node:test";
import assert from "node:assert/strict";

import { Digits } from "../../../maa/canvas/workbench/browser/digits.js";

function digits() {
  const hand = { now: 0 };
  return Object.assign(hand, { digits: new Digits(() => hand.now) });
}

test("two digits in quick succession are one number, where there is such a one", () => {
  const hand = digits();
  assert.equal(hand.digits.press(1, 12), 1);
  assert.equal(hand.digits.press(2, 12), 12);
  assert.equal(hand.digits.press(2, 12), 2, "a number that is whole takes no third");
  assert.equal(hand.digits.press(3, 12), 3);
  hand.now += 800;
  assert.equal(hand.digits.press(1, 12), 1);
  hand.now += 800;
  assert.equal(hand.digits.press(2, 12), 2, "too late");
});

test("what is done in between ends a number", () => {
  const hand = digits();
  hand.digits.press(1, 12);
  hand.digits.forget();
  assert.equal(hand.digits.takes("0", 12), false);
  assert.equal(hand.digits.press(2, 12), 2);
});

test("0 is a digit only where it ends a number", () => {
  const hand = digits();
  assert.equal(hand.digits.takes("0", 12), false);
  hand.digits.press(1, 12);
  assert.equal(hand.digits.takes("0", 12), true);
  assert.equal(hand.digits.press(0, 12), 10);
  hand.digits.press(2, 12);
  assert.equal(hand.digits.takes("0", 12), false, "there are no twenty");
});
