// What is drawn or answered is never lost: saves, reloads, refusals, leases, other tabs.

import assert from "node:assert/strict";
import test from "node:test";
import { CLASSES, EXTREMES, FakeServer, SQUARE, Storage, annotation, clicked, load, newDesk, settle } from "./helpers.mjs";

const { troubles } = await load("banners");

test("Enter twice saves once", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  const { number } = desk.drawing;
  desk.accept(number);
  desk.accept(number);
  desk.accept();
  await settle();
  assert.equal(server.of("save").length, 1);
});

test("a stale answer never overwrites a newer one", async () => {
  const { desk, server } = newDesk();
  const go = server.hold("predict");
  for (const point of EXTREMES) desk.point(point);
  desk.point([45, 45]);
  go();
  await settle();
  assert.deepEqual(desk.drawing.outline[0][0][2], [50, 55], "the answer to five points");
  assert.equal(desk.drawing.answer.prompt.points.length, 5);
});

test("a lost connection keeps saves and sends them later, in order", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  server.refuse.save = { kind: "network" };
  desk.accept();
  await clicked(desk, EXTREMES.map(([x, y]) => [x + 20, y + 20]));
  desk.accept();
  await settle();
  assert.equal(server.present.length, 0);
  assert.equal(desk.objects.list.length, 2);
  delete server.refuse.save;
  desk.objects.outbox.hurry();
  await desk.objects.outbox.idle;
  assert.equal(server.present.length, 2);
  assert.deepEqual(desk.objects.list.map((object) => object.state), ["saved", "saved"]);
});

test("a server that cannot save now says why, and the save is sent again", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  server.refuse.save = { kind: "internal", message: "No space left on device." };
  desk.accept();
  await settle();
  const [[kind, words], ...others] = troubles(desk, {}, null);
  assert.deepEqual([kind, others], ["warning", []]);
  assert.match(words, /sent again.*No space left on device\./);
  delete server.refuse.save;
  desk.objects.outbox.hurry();
  await desk.objects.outbox.idle;
  assert.deepEqual(troubles(desk, {}, null), []);
  assert.equal(server.present.length, 1);
});

test("a save that is refused opens its drawing again and says why", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  server.refuse.save = { kind: "invalid", message: "The class is not in use any more." };
  desk.accept();
  await settle();
  assert.equal(desk.failure, "The class is not in use any more.");
  assert.equal(desk.drawing.points.length, 4);
  assert.equal(desk.objects.list.length, 0);
  delete server.refuse.save;
  desk.accept();
  await settle();
  assert.equal(server.present.length, 1);
});

test("a save refused while the next object is drawn stays in the list, to be opened again", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  server.refuse.save = { kind: "invalid", message: "No." };
  desk.accept();
  desk.point([3, 3]);
  await settle();
  assert.equal(desk.objects.list[0].state, "failed");
  assert.equal(desk.drawing.points.length, 1);
  desk.drop();
  delete server.refuse.save;
  desk.open(desk.objects.list[0].local);
  assert.equal(desk.drawing.points.length, 4);
  desk.accept();
  await settle();
  assert.equal(server.present.length, 1);
  assert.equal(desk.objects.list.length, 1);
});

test("an image with an object that could not be saved is not handed in", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  server.refuse.save = { kind: "invalid", message: "No." };
  desk.accept();
  desk.point([3, 3]);
  await settle();
  desk.drop();
  assert.equal(await desk.submit(), false);
  assert.equal(server.of("submit").length, 0);
});

test("submitting waits for the saves before it", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  const go = server.hold("save");
  desk.accept();
  const handed = desk.submit();
  await settle();
  assert.equal(server.of("submit").length, 0);
  go();
  assert.equal(await handed, true);
  assert.deepEqual(server.calls.map(([name]) => name).filter((name) => name !== "predict" && name !== "draft"), ["save", "submit"]);
});

test("submitting is refused while an outline is open", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  assert.equal(await desk.submit(), false);
  assert.match(desk.hint, /open outline/);
  assert.equal(server.of("submit").length, 0);
});

test("what was drawn, and what was not sent yet, is there after a reload", async () => {
  const storage = new Storage();
  const first = newDesk({ storage });
  await clicked(first.desk);
  first.server.refuse.save = { kind: "network" };
  first.desk.accept();
  await clicked(first.desk, [[1, 1], [2, 2]]);
  await settle();
  const server = new FakeServer();
  const { desk } = newDesk({ storage, server });
  assert.equal(desk.drawing.points.length, 2);
  await settle();
  assert.equal(server.present.length, 1, "the accepted one is saved now");
  assert.equal(server.present[0].key, first.server.of("save")[0].key, "under the same key: it can arrive twice");
  delete first.server.refuse.save; // the first page may rest, too
});

test("the server's draft counts where the browser has none, and the newer where both have one", async () => {
  const draft = { at: 99, drawing: { ...newDesk().desk.drawing, points: [[1, 1, "boundary"]], touched: true }, drawTool: "assisted", classId: 2, ops: [] };
  const { desk } = newDesk({ draft });
  assert.equal(desk.drawing.points.length, 1);
  assert.equal(desk.classId, 2);
});

test("without the seat nothing can be changed", async () => {
  const { desk, server } = newDesk({ seat: { mine: false, since: null, who: "Ana" }, annotations: [annotation(4)] });
  await clicked(desk);
  desk.open("a4");
  desk.deleteObject("a4");
  assert.equal(await desk.submit(), false);
  assert.equal(server.calls.length, 0);
  assert.equal(desk.drawing.points.length, 0);
});

test("the seat of a tab that is gone is taken by who waits for it", async () => {
  const { desk, server } = newDesk({ seat: { mine: false, since: null, who: "Ana" } });
  server._touch = () => ({ seat: { mine: false, since: null, who: "Ana", free: false } });
  await desk.beat();
  assert.equal(server.of("open").length, 0, "the other one is still there");
  server._touch = () => ({ seat: { mine: false, since: null, who: "Ana", free: true } });
  server._open = () => ({ annotations: [annotation(4)], seat: { mine: true }, waiting: 0, others: 0 });
  await desk.beat();
  assert.equal(server.of("open").length, 0, "after a pause of everything the other one may come yet");
  await desk.beat();
  assert.deepEqual(server.of("open"), [{ take: false }]);
  assert.equal(desk.readOnly, false);
  assert.equal(desk.objects.list.length, 1, "as the server has it now");
});

test("a seat that came without the image, whose answer was lost, is not written from", async () => {
  const { desk, server } = newDesk({ seat: { mine: false, since: null, who: "Ana", free: true } });
  server._touch = () => ({ seat: { mine: false, since: null, who: "Ana", free: true } });
  server.refuse.open = { kind: "network" };
  await desk.beat();
  server._touch = () => ({ seat: { mine: true } }); // the server gave it all the same
  await desk.beat();
  assert.ok(desk.readOnly, "what is shown is old");
  delete server.refuse.open;
  server._open = () => ({ annotations: [annotation(4)], seat: { mine: true }, waiting: 0, others: 0 });
  await desk.beat();
  assert.deepEqual([desk.readOnly, desk.objects.list.length], [false, 1]);
});

test("what is on its way is shown when the image is opened anew, and sent once", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  server.refuse.save = { kind: "seat", message: "another tab" };
  desk.accept();
  await settle();
  server._open = () => ({ annotations: [annotation(44)], seat: { mine: true }, waiting: 0, draft: null });
  await desk.takeSeat();
  assert.equal(desk.objects.list.length, 2);
  delete server.refuse.save;
  desk.objects.outbox.hurry();
  await desk.objects.outbox.idle;
  assert.equal(server.present.length, 1);
  assert.deepEqual(desk.objects.list.map(({ state }) => state), ["saved", "saved"]);
});

test("a lost lease stops the work and says why, and the drawing stays in sight", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  server.refuse.touch = { kind: "conflict", message: "Ben has this image now." };
  await desk.beat();
  assert.equal(desk.lost, "Ben has this image now.");
  assert.ok(desk.readOnly);
  assert.equal(desk.drawing.points.length, 4);
});

test("another class of an opened object is something open: not lost by going on, nor by a reload", async () => {
  const storage = new Storage();
  const { desk, server, drafts } = newDesk({ storage, annotations: [annotation(4), annotation(5)] });
  desk.open("a4");
  desk.chooseClass(2);
  desk.step(1);
  assert.match(desk.hint, /open outline/);
  assert.equal(await desk.submit(), false);
  assert.equal(desk.drawing.base, "a4");
  await drafts.flush();
  const again = newDesk({ storage, annotations: [annotation(4), annotation(5)] }).desk;
  assert.deepEqual([again.drawing.base, again.drawing.classId], ["a4", 2]);
  again.undo();
  assert.deepEqual([again.drawing.base, again.drawing.classId], ["a4", 1], "the change is undone, the object still open");
  again.undo();
  assert.equal(again.drawing.base, null);
  desk.drop();
  assert.equal(desk.drawing.base, null);
  desk.undo();
  assert.deepEqual([desk.drawing.base, desk.drawing.classId], ["a4", 2]);
  desk.undo();
  assert.equal(desk.drawing.classId, 1);
  desk.redo();
  desk.accept();
  await settle();
  assert.deepEqual(server.of("save").map((body) => [body.annotation, body.class]), [[4, 2]]);
  assert.equal(server.of("predict").length, 0);
});

test("a change to an object of this page goes on after a reload as a change to it", async () => {
  const storage = new Storage();
  const first = newDesk({ storage });
  await clicked(first.desk);
  first.desk.accept();
  await settle();
  const [{ local }] = first.desk.objects.list;
  first.desk.open(local);
  first.desk.chooseClass(2);
  await first.drafts.flush();
  const { desk, server } = newDesk({ storage, server: first.server, annotations: first.server.present });
  desk.accept();
  await settle();
  assert.equal(server.present.length, 1);
  assert.equal(server.present[0].class, 2);
});

test("a save refused while the image is handed in stops that, and nothing of it is lost", async () => {
  const { desk, server } = newDesk({ annotations: [annotation(4)] });
  server.refuse.save = { kind: "invalid", message: "The class is not in use any more." };
  await clicked(desk);
  desk.accept();
  assert.equal(await desk.submit(), false);
  assert.equal(server.of("submit").length, 0);
  assert.match(desk.failure, /could not be saved/);
  const failed = desk.objects.list.find((object) => object.state === "failed");
  desk.open(failed.local);
  assert.equal(desk.drawing.points.length, 4);
  assert.equal(await desk.submit(), false, "it is open now");
});

test("a refused change to a saved object leaves that object, and its repair a change to it", async () => {
  const { desk, server } = newDesk({ annotations: [annotation(4)] });
  server.annotations.set(4, { ...annotation(4) });
  server.refuse.save = { kind: "invalid" };
  desk.open("a4");
  desk.edit([[[[10, 10], [50, 10], [40, 50], [10, 50]]]], 1);
  desk.accept();
  await settle();
  assert.deepEqual(desk.objects.list.map(({ local, outline }) => [local, outline]), [["a4", SQUARE]]);
  assert.equal(desk.drawing.base, "a4");
  delete server.refuse.save;
  desk.accept();
  await settle();
  assert.equal(server.present.length, 1);
  assert.equal(server.of("save").at(-1).annotation, 4);
});

test("what waits to be sent is known by its object's number after a reload", async () => {
  const storage = new Storage();
  const first = newDesk({ storage });
  await clicked(first.desk);
  first.desk.accept();
  await settle();
  first.server.refuse.delete = { kind: "network" };
  first.desk.deleteObject(first.desk.objects.list[0].local);
  await first.drafts.flush();
  const server = new FakeServer();
  for (const one of first.server.present) server.annotations.set(one.id, one);
  const { desk } = newDesk({ storage, server, annotations: first.server.present });
  await settle();
  assert.equal(desk.objects.list.length, 0);
  assert.equal(server.present.length, 0);
  delete first.server.refuse.delete; // the first page may rest, too
});

test("a save whose answer was lost with the page does not show its object twice", async () => {
  const storage = new Storage();
  const first = newDesk({ storage });
  await clicked(first.desk);
  const go = first.server.hold("save");
  first.desk.accept();
  await first.drafts.flush();
  go();
  await settle();
  const { desk, server } = newDesk({ storage, server: first.server, annotations: first.server.present });
  await settle();
  assert.equal(server.present.length, 1);
  assert.equal(desk.objects.list.length, 1);
  desk.deleteObject(desk.objects.list[0].local);
  await settle();
  assert.equal(server.present.length, 0);
});

test("after somebody else's work an old draft changes nothing by itself, and is not lost", async () => {
  const storage = new Storage();
  const first = newDesk({ storage, annotations: [annotation(4), annotation(5), annotation(6)], others: 1 });
  const moved = [[[[0, 0], [50, 10], [50, 50], [10, 50]]]];
  first.desk.open("a4");
  first.desk.edit(moved, 1);
  first.server.hold("save");
  first.desk.accept();
  first.desk.deleteObject("a5");
  await clicked(first.desk); // a new object
  first.desk.accept();
  first.desk.open("a6");
  first.desk.edit(moved, 1);

  for (const page of ["the next", "the one after it"]) {
    const { desk, server, drafts } = newDesk({ storage, annotations: [annotation(4, { revision: 2 }), annotation(5), annotation(6)], others: 2 });
    await settle();
    await drafts.flush();
    assert.equal(server.of("save").length + server.of("delete").length, 0, page);
    assert.deepEqual(desk.objects.list.map(({ state }) => state), ["failed", "saved", "saved", "failed"], page);
    assert.deepEqual([desk.drawing.base, desk.drawing.outline], ["a6", moved], page);
    assert.equal(await desk.submit(), false, page);
    if (page === "the next") assert.match(desk.objects.list[0].error, /Somebody else/);
    if (page === "the next") continue;
    desk.drop();
    desk.open("a4");
    assert.deepEqual(desk.base.outline, SQUARE, "theirs lies beneath");
    desk.accept();
    await settle();
    assert.deepEqual([server.of("save")[0].outline, server.of("save")[0].base_revision], [moved, 2]);
    desk.open(desk.objects.list[3].local);
    desk.drop();
    assert.equal(desk.objects.list.length, 3, "dropped");
  }
});

test("a tab that takes the image back undoes nothing of what the other tab did", async () => {
  const { desk, server } = newDesk();
  await clicked(desk);
  desk.accept();
  await settle();
  server._open = () => ({ annotations: server.present, seat: { mine: true }, waiting: 0, draft: null });
  await desk.takeSeat();
  desk.undo();
  await settle();
  assert.equal(server.present.length, 1);
  assert.match(desk.hint, /nothing to undo/);
});

test("clicks that a reload brought back are taken back one by one", async () => {
  const storage = new Storage();
  const first = newDesk({ storage });
  await clicked(first.desk, EXTREMES.slice(0, 3));
  await first.drafts.flush();
  const { desk } = newDesk({ storage });
  desk.undo();
  assert.equal(desk.drawing.points.length, 2);
  desk.undo();
  desk.undo();
  assert.equal(desk.drawing.points.length, 0);
  for (let i = 0; i < 3; i++) desk.redo();
  assert.deepEqual(desk.drawing.points.map(([x, y]) => [x, y]), EXTREMES.slice(0, 3));
});

test("a draft whose class is not in use any more comes back with another one, also after undo", async () => {
  const storage = new Storage();
  const first = newDesk({ storage, lastClass: 1 });
  await clicked(first.desk);
  const [car, bus] = CLASSES;
  const classes = [{ ...car, retired: true, becomes: 2 }, { ...bus, retired: false, becomes: null }];
  const { desk } = newDesk({ storage, classes });
  assert.deepEqual([desk.drawing.points.length, desk.drawing.classId, desk.classId], [4, 2, 2]);
  assert.match(desk.hint, /car was merged into another one: bus is chosen now.*What you had begun is back/);
  desk.undo();
  assert.deepEqual([desk.drawing.points.length, desk.drawing.classId], [3, 2]);
});

test("what was accepted or dropped right after a reload is gone on the server, too", async () => {
  for (const end of [(desk) => desk.accept(), (desk) => desk.drop()]) {
    const server = new FakeServer();
    const before = newDesk({ server });
    await clicked(before.desk);
    await before.drafts.flush();
    const kept = server.of("draft").at(-1).draft;
    const { desk, drafts } = newDesk({ server, draft: kept });
    await settle();
    await end(desk);
    await settle();
    await drafts.flush(true);
    assert.equal(server.of("draft").at(-1).draft, null);
  }
});

test("the seconds of an object go on after a reload", async () => {
  const before = newDesk();
  await clicked(before.desk, EXTREMES.slice(0, 2));
  before.time.now = 4;
  await clicked(before.desk, EXTREMES.slice(2, 3));
  const { desk, server, time } = newDesk({ storage: before.storage });
  time.now = 100;
  await clicked(desk, EXTREMES.slice(3));
  time.now = 102;
  desk.accept();
  await settle();
  assert.equal(server.of("save")[0].effort.active_seconds, 6);
});

/** A desk whose image is saved, and submitted while the network is away. */
async function submittedOffline() {
  const { desk, server } = newDesk();
  await clicked(desk);
  desk.accept();
  await settle();
  server.refuse.submit = { kind: "network" };
  const handed = desk.submit();
  await settle();
  return { desk, server, handed };
}

test("an image that was submitted while the server was away is submitted once it is back", async () => {
  const { desk, server, handed } = await submittedOffline();
  assert.deepEqual([desk.handing, desk.handed, desk.offline, desk.failure], [true, false, true, ""]);
  server.refuse.submit = null;
  assert.equal(await handed, true);
  const [first, second] = server.of("submit");
  assert.deepEqual([first.again, second.again], [undefined, true]);
});

test("nobody goes on submitting from a page that is gone", async () => {
  const { desk, server, handed } = await submittedOffline();
  desk.over = true;
  assert.equal(await handed, false);
  assert.equal(server.of("submit").length, 2);
});
