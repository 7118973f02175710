// Where the second annotator of an image did something else: the list beside the picture, and the outlines over it.

import { button, make, say, show } from "./dom.js";
import { boundsOf } from "./geometry.js";
import * as paint from "./paint.js";

/** Of the second annotator's outlines. */
export const THEIRS = "#ff4fd8";

/** What is different, in words. */
export function inWords({ who, outcome, iou }, name, label) {
  if (outcome === "missed") return `${who} does not have ${name}`;
  if (outcome === "extra") return `${who} has another object: ${label}`;
  if (outcome === "wrong_class") return `${who} labels ${name} as ${label}`;
  return `${who} outlines ${name} differently (IoU ${iou.toFixed(2)})`;
}

export class DifferenceList {
  constructor({ desk, acts }) {
    Object.assign(this, { desk, acts });
    this.heading = make("summary", {});
    this.list = make("div", { role: "list", "aria-label": "Differences" });
    this.element = make("details", { className: "menu threads", open: true, data: { name: "differences" } }, this.heading, this.list);
  }

  render() {
    const { desk } = this;
    const { differences } = desk;
    show(this.element, differences.length > 0);
    const open = differences.filter(({ taken }) => !taken).length;
    const taken = differences.length - open;
    say(this.heading, `Two people ${open ? "disagree" : "disagreed"}: ${differences.length}${taken ? `, ${open ? taken : "all"} taken over` : ""}`);
    this.heading.classList.toggle("due", open > 0);
    const numbers = new Map(desk.objects.list.map((object, i) => [desk.objects.idOf(object.local), i + 1]));
    const text = JSON.stringify([differences, [...numbers], desk.readOnly, desk.taking]);
    if (this.list.dataset.said === text) return;
    this.list.dataset.said = text;
    this.list.replaceChildren(...differences.map((one, i) => this.#row(one, i, numbers.get(one.annotation))));
  }

  #row(one, i, number) {
    const { desk, acts } = this;
    const words = inWords(one, number ? `object ${number}` : "an object since deleted", desk.classOf(one.class).name);
    const take = button(one.taken ? "Taken" : one.outline ? "Take theirs" : "Delete it too", { name: "take", act: () => desk.takeTheirs(i), kind: "small" });
    take.disabled = one.taken || desk.readOnly || desk.taking;
    const local = number && desk.objects.list[number - 1].local;
    return make("div", { className: `thread theirs${one.taken ? " resolved" : ""}`, role: "listitem" }, make("p", {}, words),
      make("div", { className: "row" },
        button("Look", { act: () => (one.outline ? acts.lookAt(boundsOf(one.outline)) : acts.choose(local)), kind: "small" }), take));
  }
}

/** The second annotator's outlines that are not taken, over the picture. */
export function paintDifferences(context, view, differences) {
  for (const { outline, taken } of differences) {
    if (outline && !taken) paint.outline(context, view, outline, THEIRS, { opacity: 0.12, dashed: true, width: 2.2 });
  }
}
