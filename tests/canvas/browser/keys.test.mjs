import assert from "node:assert/strict";
import test from "node:test";
import { Storage, load } from "./helpers.mjs";

const { ACTIONS, Keymap, keyOf, shown } = await load("keys");
const { Digits } = await load("digits");
const { History } = await load("history");
const { Asker } = await load("protocol");
const { Look } = await load("look");

const press = (key, held = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

test("two digits in quick succession are one number, where there is such a class", () => {
  let now = 0;
  const digits = new Digits(() => now);
  assert.deepEqual([digits.press(1, 12), digits.press(2, 12), digits.press(3, 12)], [1, 12, 3]);
  now += 1000;
  assert.deepEqual([digits.press(1, 12), digits.press(3, 12)], [1, 3]);
  now += 1000;
  assert.ok(!digits.takes("0", 12), "alone it is a key like others");
  digits.press(1, 12);
  assert.ok(!digits.takes("0", 9));
  assert.ok(digits.takes("0", 12));
  assert.equal(digits.press(0, 12), 10);
  digits.press(1, 12);
  now += 1000;
  assert.equal(digits.press(2, 12), 2, "after a pause");
});

test("every key means one action", () => {
  const all = Object.values(ACTIONS).flatMap(([, keys]) => keys);
  assert.equal(new Set(all).size, all.length);
});

test("keys are named with what is held beside them", () => {
  assert.equal(keyOf(press("Z", { shiftKey: true, ctrlKey: true })), "Ctrl+Shift+z");
  assert.equal(keyOf(press("?", { shiftKey: true })), "?");
  assert.equal(keyOf(press("Enter", { shiftKey: true })), "Shift+Enter");
  assert.equal(keyOf(press("z", { metaKey: true })), "Ctrl+z", "a Mac's command key");
  assert.equal(shown("Shift+ArrowLeft"), "Shift+←");
  assert.equal(shown("+"), "+");
});

test("a person's keys are kept, take the key from who had it, and can be put back", () => {
  const storage = new Storage();
  const keys = new Keymap({ actions: ACTIONS, storage, name: "k" });
  assert.equal(keys.rebind("accept", "d"), null);
  const again = new Keymap({ actions: ACTIONS, storage, name: "k" });
  assert.equal(again.actionOf("d"), "accept");
  assert.deepEqual(again.keysOf("deleteObject"), []);
  assert.match(again.rebind("accept", "3"), /Digits/);
  again.reset();
  assert.equal(again.actionOf("d"), "deleteObject");
});

test("a slider dragged is one deed, until it is sealed", () => {
  const history = new History();
  const went = [];
  const deed = (name, merge) => ({ merge, undo: () => went.push(`-${name}`), redo: () => went.push(`+${name}`) });
  history.push(deed("a", "tune"));
  history.push(deed("b", "tune"));
  history.seal();
  history.push(deed("c", "tune"));
  history.undo();
  history.undo();
  assert.deepEqual(went, ["-c", "-a"]);
  assert.ok(!history.undo());
  history.redo();
  assert.deepEqual(went.at(-1), "+b");
});

test("a new deed makes what was undone unreachable", () => {
  const history = new History();
  history.push({ undo() {}, redo() {} });
  history.undo();
  history.push({ undo() {}, redo() {} });
  assert.ok(!history.canRedo);
});

test("a failed question does not block the next", async () => {
  const told = [];
  const asker = new Asker(async (q) => { if (q === 1) throw new Error("no"); return q; }, (q, answer, error) => told.push([q, answer, error?.message]));
  asker.put(1);
  asker.put(2);
  asker.put(3);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(told, [[1, null, "no"], [3, 3, undefined]]);
});

test("the look is kept and stays within its range", () => {
  const storage = new Storage();
  new Look(storage).set("brightness", 99);
  assert.equal(new Look(storage).brightness, 3);
});
