import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { load } from "./helpers.mjs";

const { Word } = await load("word");

function newWord() {
  const said = [];
  return { said, word: new Word((one) => said.push({ ...one })) };
}

test("what became of a task is said until it is heard, each time later", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { said, word } = newWord();
    word.say("submitted");
    mock.timers.tick(3000);
    mock.timers.tick(3000);
    assert.equal(said.length, 2);
    mock.timers.tick(1500);
    assert.equal(said.length, 3);
    assert.deepEqual(said[1], said[0], "the same word");
    word.heard("another");
    mock.timers.tick(60_000);
    assert.ok(said.length > 3);
    word.heard(said[0].id);
    const before = said.length;
    mock.timers.tick(60_000);
    assert.equal(said.length, before);
  } finally {
    mock.timers.reset();
  }
});

test("a pause is never longer than fifteen seconds; what comes after the bench is gone is said once", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { said, word } = newWord();
    word.say("submitted");
    mock.timers.tick(600_000);
    const before = said.length;
    mock.timers.tick(15_000);
    assert.equal(said.length, before + 1);
    word.close();
    word.say("submitted");
    mock.timers.tick(60_000);
    assert.equal(said.length, before + 2);
  } finally {
    mock.timers.reset();
  }
});

test("the same again is the same word; another takes its place", () => {
  const { said, word } = newWord();
  word.say("taken_back", 4);
  word.say("taken_back", 4);
  word.say("taken_back", 5);
  word.say("released");
  word.close();
  assert.deepEqual(said.map(({ how, of }) => [how, of]), [["taken_back", 4], ["taken_back", 4], ["taken_back", 5], ["released", undefined]]);
  assert.equal(new Set(said.map(({ id }) => id)).size, 3);
});
