// The choice of class: a group of radio buttons, one stop for Tab, arrows within (WAI-ARIA's radio group pattern).

import { offered } from "./classes.js";
import { make } from "./dom.js";

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

export class ClassBox {
  #said = "";
  #byArrow = false;

  constructor(desk) {
    this.desk = desk;
    this.element = make("div", {
      className: "classes", role: "radiogroup", "aria-label": "Class", on: { keydown: (event) => this.#step(event) },
    });
  }

  get #labels() {
    return offered(this.desk.classes);
  }

  render() {
    const labels = this.#labels;
    const chosen = this.desk.classOf(this.desk.drawing.classId).id;
    const said = JSON.stringify([labels, chosen]);
    if (this.#said === said) return;
    this.#said = said;
    const stop = labels.some((label) => label.id === chosen) ? chosen : labels[0]?.id;
    this.element.replaceChildren(...labels.map((label, i) => make("button", {
      type: "button", className: "class", role: "radio", "aria-checked": String(label.id === chosen), tabIndex: label.id === stop ? 0 : -1,
      style: { "--color": label.color }, data: { name: `class-${label.id}` }, on: { click: () => this.desk.chooseClass(label.id) },
    }, make("span", { className: "text" }, label.name), i < 99 ? make("kbd", {}, String(i + 1)) : null)));
    this.element.querySelector('[aria-checked="true"]')?.scrollIntoView({ block: "nearest" });
    // Only the arrows keep the focus here: after a click of the mouse the keys are the picture's again.
    if (this.#byArrow) this.element.querySelector('[tabindex="0"]')?.focus();
    this.#byArrow = false;
  }

  #step(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const labels = this.#labels;
    const chosen = this.desk.classOf(this.desk.drawing.classId).id;
    const at = labels.findIndex((label) => label.id === chosen);
    const next = labels[(at + step + labels.length) % labels.length];
    if (!next) return;
    this.#byArrow = true;
    this.desk.chooseClass(next.id);
  }
}
