// What a pointer does on the stage while a reviewer looks: choose an object, move the view, pin a comment. And
// how the outlines look then.

import * as paint from "./paint.js";
import { paintDifferences } from "./differences.js";
import { boundsOfObject } from "./objects.js";
import { APPROVED } from "./review_said.js";
import { visible } from "./view.js";

/** Screen pixels: a shorter move is a click. */
const CLICK = 3;
export const BY_HAND = "#35d07f";
export const TAKEN_AWAY = "#ff5a4f";

export class ReviewTools {
  constructor(stage) {
    this.stage = stage;
    this.desk = stage.desk;
    this.hovered = null;
    this.moving = false;
  }

  idle = false;

  get crosshair() {
    return this.desk.pinning;
  }

  get pointer() {
    if (this.moving) return "grabbing";
    if (this.desk.pinning) return "none";
    return this.hovered ? "pointer" : "grab";
  }

  styleOf(object) {
    const { desk } = this;
    const pointed = this.hovered === object.local || desk.marked === object.local;
    // What is looked at is not filled: its border is to be seen on the photo.
    return { color: desk.classOf(object.class).color, width: pointed ? 3 : 1.8, dashed: false, empty: object.local === desk.current };
  }

  labelOf(object, number) {
    const { desk } = this;
    const mark = desk.markOf(object.local);
    const said = !mark ? "" : mark.verdict === APPROVED ? " ✓" : ` ✕ ${mark.reason}`;
    return `${number} ${desk.classOf(object.class).name}${said}`;
  }

  hover(at) {
    const { desk, stage } = this;
    const before = this.hovered;
    this.hovered = desk.pinning ? null : stage.objectAt(stage.toImage(at))?.local ?? null;
    if (before !== this.hovered) stage.redraw("objects");
  }

  /** A drag moves the view; a click pins, or chooses what lies there. */
  down(at, event) {
    if (event.button !== 0) return null;
    const { desk, stage } = this;
    let [last, moved] = [at, false];
    return {
      move: (now) => {
        moved ||= Math.hypot(now[0] - at[0], now[1] - at[1]) > CLICK;
        if (!moved) return;
        this.moving = true;
        stage.pan(now[0] - last[0], now[1] - last[1]);
        last = now;
      },
      up: (now, up, cancelled) => {
        this.moving = false;
        if (moved || cancelled) return;
        const there = stage.objectAt(stage.toImage(at))?.local ?? null;
        if (!desk.pinning) desk.choose(there);
        else if (stage.clickable(at)) desk.addPin(stage.clickable(at), there ?? null);
      },
    };
  }

  deleteSelected() {}

  paint(context) {
    const { desk, stage } = this;
    const { view, ratio } = stage;
    if (stage.hideOthers) return;
    paint.inImage(context, view, ratio);
    const { object } = desk;
    if (object?.outline) paint.outline(context, view, object.outline, desk.classOf(object.class).color, { opacity: 0, width: 2.4 });
    paintDifferences(context, view, desk.differences);
    if (desk.comparing) for (const one of inSight(desk.objects.list, view)) compare(context, view, one);
  }
}

function inSight(list, view) {
  const [left, top, right, bottom] = visible(view);
  return list.filter((object) => {
    const [l, t, r, b] = boundsOfObject(object);
    return object.outline && object.modelOutline && r >= left && l <= right && b >= top && t <= bottom;
  });
}

/** The model's outline over the present one: what was added by hand, and what was taken away. */
function compare(context, view, { outline, modelOutline }) {
  const [final, proposed] = [paint.pathOf(outline), paint.pathOf(modelOutline)];
  const both = new Path2D(final);
  both.addPath(proposed);
  for (const [within, color] of [[final, BY_HAND], [proposed, TAKEN_AWAY]]) {
    context.save();
    context.clip(within, "evenodd");
    context.globalAlpha = 0.75;
    context.fillStyle = color;
    context.fill(both, "evenodd"); // under even-odd, two outlines together are where just one of them is
    context.restore();
  }
  paint.outline(context, view, modelOutline, "#ffffff", { opacity: 0, dashed: true, width: 1.6 });
}
