// The layer of the saved objects. Of many objects it paints so many a frame, on a canvas that is not seen yet;
// until that one is ready the last picture is moved and scaled with the view, which costs next to nothing. So a
// thousand objects never hold up the hand. Of few objects every frame is exact.

import * as paint from "./paint.js";
import { boundsOfObject } from "./objects.js";
import { visible } from "./view.js";

/** Objects painted in one frame. */
export const A_FRAME = 50;

/** The objects of a list that have something in sight. */
export function inSight(view, list) {
  const [left, top, right, bottom] = visible(view);
  return list.filter((object) => {
    const [l, t, r, b] = boundsOfObject(object);
    return object.outline && r >= left && l <= right && b >= top && t <= bottom;
  });
}

/** The CSS transform that shows under `view` what was painted for the view `from`. */
export function transformOf(from, view) {
  if (from === view) return "none";
  const scale = view.scale / from.scale;
  const [x, y] = [(from.left - view.left) * view.scale, (from.top - view.top) * view.scale];
  return `matrix(${scale}, 0, 0, ${scale}, ${x}, ${y})`;
}

export class ObjectsLayer {
  #seen;
  #next;
  #shown = null; // the view that the seen canvas was painted for
  #job = null;
  #waiting = null;

  /** `make()` gives a canvas on the stage. */
  constructor(make) {
    [this.#seen, this.#next] = [make(), make()];
    this.#next.style.visibility = "hidden";
  }

  resize(width, height) {
    for (const canvas of [this.#seen, this.#next]) Object.assign(canvas, { width, height });
    this.#shown = this.#job = null;
  }

  /** What is to be seen from now on: see `paint.objects` for `how`. The next `step`s paint it. */
  put(view, ratio, list, how) {
    this.#waiting = { view, ratio, how, seen: inSight(view, list), done: 0 };
  }

  /** One frame's work under the present view; true while there is more to do. */
  step(view) {
    if (!this.#job && this.#waiting) {
      [this.#job, this.#waiting] = [this.#waiting, null];
      paint.clear(this.#next.getContext("2d"));
    }
    const job = this.#job;
    if (job) {
      const upTo = job.seen.slice(job.done, job.done + A_FRAME);
      job.done += upTo.length;
      const context = this.#next.getContext("2d");
      paint.objects(context, job.view, job.ratio, upTo, job.how);
      if (job.done >= job.seen.length) {
        paint.labels(context, job.view, job.ratio, job.seen, job.how);
        this.#swap(job.view);
      }
    }
    if (this.#shown) this.#seen.style.transform = transformOf(this.#shown, view);
    return Boolean(this.#job || this.#waiting);
  }

  #swap(view) {
    [this.#seen, this.#next] = [this.#next, this.#seen];
    this.#seen.style.visibility = "";
    this.#next.style.visibility = "hidden";
    this.#shown = view;
    this.#job = null;
  }
}
