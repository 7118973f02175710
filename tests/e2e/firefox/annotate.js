// The annotate page in Firefox, as one person at work; driven over WebDriver BiDi.
//
//   node annotate.js '{"firefox": PATH, "profile": DIR, "address": URL, "cookie": {…},
//     "clicks": [[x, y]…], "repair": [x, y]}'
//
// Clicks are image pixels. Prints one line a step, then what it saw as JSON in the last one; fails on the first
// step that does not come true.

import assert from "node:assert/strict";
import puppeteer from "puppeteer-core";

const PATIENCE = 60000; // ms that anything may take on a busy machine
const { firefox, profile, address, cookie, clicks, repair } = JSON.parse(process.argv[2]);

const browser = await puppeteer.launch({
  browser: "firefox", protocol: "webDriverBiDi", executablePath: firefox, headless: true, userDataDir: profile,
  defaultViewport: { width: 1280, height: 800 }, protocolTimeout: 2 * PATIENCE,
});
try {
  await browser.setCookie(cookie);
  console.log(JSON.stringify(await annotate(await browser.newPage())));
} finally {
  await browser.close();
}

async function annotate(page) {
  page.setDefaultTimeout(PATIENCE);
  const until = async (what, condition, ...given) => {
    await page.waitForFunction(condition, { polling: 50 }, ...given);
    console.log(what);
  };
  const drawing = () => page.evaluate(() => window.maaWorkbench.desk.drawing);
  const hasPolygon = (what) => until(what, () => {
    const { answer, outline } = window.maaWorkbench.desk.drawing;
    return Boolean(answer && outline) && !window.maaWorkbench.desk.asking;
  });
  const ready = () => page.waitForFunction(() => window.maaWorkbench?.root.dataset.ready, { polling: 50 });
  const onScreen = (point) => page.evaluate(([x, y]) => {
    const { stage } = window.maaWorkbench;
    const { left, top } = stage.element.getBoundingClientRect();
    return [left + (x - stage.view.left) * stage.view.scale, top + (y - stage.view.top) * stage.view.scale];
  }, point);
  const click = async (point) => page.mouse.click(...(await onScreen(point)));

  await page.goto(address, { waitUntil: "domcontentloaded" });
  await ready();
  await until("a tile of the photo is shown", () => window.maaWorkbench.stage.tiles.seen);

  for (const point of clicks) await click(point);
  await hasPolygon("four clicks gave a polygon");
  const first = await drawing();
  clicks.forEach(([x, y], i) => {
    const away = Math.hypot(first.points[i][0] - x, first.points[i][1] - y);
    assert.ok(away < 0.5, `click ${i} went ${away} px astray`);
  });

  await click(repair);
  await until("the fifth click counts", () => window.maaWorkbench.desk.drawing.points.length === 5);
  await hasPolygon("the fifth click repaired it");
  const repaired = await drawing();
  assert.notDeepEqual(repaired.outline, first.outline);

  await page.keyboard.press("e");
  await until("the vertex tool is in hand", () => window.maaWorkbench.root.dataset.tool === "vertices");
  const vertex = repaired.outline[0][0][0];
  const [x, y] = (await onScreen(vertex)).map(Math.round); // Firefox' pointer moves by whole pixels
  await page.mouse.move(x, y);
  await page.mouse.down();
  const { width, height } = await page.evaluate(() => window.maaWorkbench.desk.image);
  const [dx, dy] = [vertex[0] < width / 2 ? 10 : -10, vertex[1] < height / 2 ? 8 : -8]; // not past the image's edge
  await page.mouse.move(x + dx, y + dy, { steps: 4 });
  await page.mouse.up();
  await until("the vertex was dragged", () => window.maaWorkbench.desk.drawing.moved === 1);
  const moved = (await drawing()).outline[0][0][0];
  const scale = await page.evaluate(() => window.maaWorkbench.stage.view.scale);
  const wanted = [vertex[0] + dx / scale, vertex[1] + dy / scale];
  assert.ok(Math.hypot(moved[0] - wanted[0], moved[1] - wanted[1]) < 0.5, `dragged from ${vertex} to ${moved}, not ${wanted}`);

  const middle = [x, y];
  const under = () => page.evaluate(([px, py]) => {
    const { stage } = window.maaWorkbench;
    const { left, top } = stage.element.getBoundingClientRect();
    return stage.toImage([px - left, py - top]);
  }, middle);
  const before = await under();
  await page.mouse.move(...middle);
  await page.mouse.wheel({ deltaY: -300 });
  await until("the wheel zoomed in", (old) => window.maaWorkbench.stage.view.scale > old, scale);
  const after = await under();
  assert.ok(Math.hypot(after[0] - before[0], after[1] - before[1]) < 0.01, "the point under the cursor stayed");

  await page.keyboard.press("Enter");
  await until("accepted and on disk", () => {
    const { objects } = window.maaWorkbench.desk;
    return objects.list.length === 1 && objects.list[0].state === "saved" && !objects.outbox.waiting.length;
  });

  await page.keyboard.press("f");
  for (const point of clicks.slice(0, 3)) await click(point);
  await until("three clicks of the next object", () => window.maaWorkbench.desk.drawing.points.length === 3);
  const draft = await drawing();
  await page.reload({ waitUntil: "domcontentloaded" });
  await ready();
  await until("the clicks are there after a reload", () => window.maaWorkbench.desk.drawing.points.length === 3);
  assert.deepEqual((await drawing()).points, draft.points);
  return { moved, objects: await page.evaluate(() => window.maaWorkbench.desk.objects.list.length) };
}
