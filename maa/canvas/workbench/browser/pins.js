// Pins, a reviewer's comments on places of the image: numbered drops with their texts, and the same as a list.
// On the review page the reviewer's own ones are written here.

import { make, say } from "./dom.js";
import { toScreen } from "./view.js";

/** Screen pixels: a shorter move is a click. */
const CLICK = 3;

export class PinLayer {
  #shown = new Map(); // key -> {text, element}

  constructor({ stage }) {
    Object.assign(this, { stage, desk: stage.desk });
    this.layer = stage.element.appendChild(make("div", { className: "pins" }));
  }

  render() {
    const { desk } = this;
    const pins = desk.placed;
    const keys = new Set(pins.map((pin) => pin.key));
    for (const [key, { element }] of this.#shown) {
      if (keys.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }
    for (const pin of pins) {
      const writing = desk.writing === pin.key;
      const text = JSON.stringify([pin.number, pin.kind, writing, writing || pin.comment]);
      let known = this.#shown.get(pin.key);
      if (known?.text !== text) {
        known?.element.remove();
        known = { text, element: this.#drop(pin, writing) };
        this.#shown.set(pin.key, known);
        this.layer.append(known.element);
        if (writing) known.element.querySelector("textarea").focus({ preventScroll: true });
      }
      known.element.classList.toggle("open", desk.pointed === pin.key);
    }
    this.place();
  }

  /** Where the drops are in the present view. */
  place() {
    const { view } = this.stage;
    if (!view) return;
    for (const pin of this.desk.placed) {
      const [x, y] = toScreen(view, [pin.x, pin.y]);
      const { style, classList } = this.#shown.get(pin.key)?.element ?? {};
      if (!style) continue;
      style.transform = `translate(${x}px, ${y}px)`;
      classList.toggle("leftward", x > view.width - 250);
      classList.toggle("downward", y < 130);
    }
  }

  #drop(pin, writing) {
    const own = pin.kind === "own";
    const drop = make("button", {
      type: "button", className: "drop", "aria-label": `${pin.kind === "thread" ? "Comment" : "Pin"} ${pin.number}: ${pin.comment || "empty"}`, tabIndex: writing ? -1 : 0,
    }, String(pin.number));
    const bubble = make("div", { className: "bubble" }, ...(writing ? this.#editor(pin) : [make("span", {}, pin.comment)]));
    bubble.addEventListener("pointerdown", (event) => event.stopPropagation());
    drop.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      if (event.button === 0 && own && !writing) this.#drag(event, pin, drop);
    });
    // A pin that is the reviewer's own answers by itself, or with the keyboard (a press that no pointer made).
    drop.addEventListener("click", (event) => {
      if (own) event.detail || this.desk.write(pin.key);
      else this.stage.goTo([pin.x, pin.y]);
    });
    return make("div", { className: `pin ${pin.kind}${writing ? " writing" : ""}`, data: { pin: pin.number } }, drop, bubble);
  }

  /** Moves a pin, or, without a move, opens it. */
  #drag(event, pin, drop) {
    const { stage, desk } = this;
    const from = [event.clientX, event.clientY];
    const start = toScreen(stage.view, [pin.x, pin.y]);
    let moved = false;
    drop.setPointerCapture(event.pointerId);
    const move = (now) => {
      const [dx, dy] = [now.clientX - from[0], now.clientY - from[1]];
      moved ||= Math.hypot(dx, dy) > CLICK;
      if (moved) desk.movePin(pin.key, desk.within(stage.toImage([start[0] + dx, start[1] + dy])));
    };
    drop.addEventListener("pointermove", move);
    drop.addEventListener("pointerup", () => {
      drop.removeEventListener("pointermove", move);
      if (moved) desk.deeds.seal();
      else desk.write(pin.key);
    }, { once: true });
  }

  #editor(pin) {
    const { desk } = this;
    const done = () => { desk.written(); this.stage.element.focus({ preventScroll: true }); };
    const field = make("textarea", {
      rows: 2, maxLength: 500, placeholder: "What is wrong here?", "aria-label": `Text of pin ${pin.number}`,
      on: {
        input: () => desk.writePin(pin.key, field.value),
        blur: () => { if (desk.writing === pin.key) desk.written(); },
        keydown: (event) => {
          if (event.key !== "Escape" && (event.key !== "Enter" || event.shiftKey)) return;
          event.preventDefault();
          done();
        },
      },
    });
    field.value = pin.comment;
    const press = { pointerdown: (event) => event.preventDefault() }; // the field keeps the focus until the click
    return [field, make("div", { className: "row between" },
      make("button", { type: "button", className: "button small", on: { ...press, click: () => { desk.removePin(pin.key); this.stage.element.focus({ preventScroll: true }); } } }, "Remove"),
      make("button", { type: "button", className: "button small", on: { ...press, click: done } }, make("span", {}, "Done"), make("kbd", {}, "Enter")))];
  }
}

export class PinList {
  constructor({ desk, acts }) {
    Object.assign(this, { desk, acts });
    this.element = make("div", { className: "pin-list", role: "list", "aria-label": "Pins", data: { name: "pins" } });
  }

  render() {
    const { desk } = this;
    const pins = desk.placed.filter(({ kind }) => kind !== "thread");
    const text = JSON.stringify(pins.map(({ key, number, kind, comment, x, y }) => [key, number, kind, comment, x, y]));
    this.element.hidden = !pins.length;
    if (this.element.dataset.said === text) return;
    this.element.dataset.said = text;
    this.element.replaceChildren(...pins.map((pin) => this.#row(pin)));
  }

  #row(pin) {
    const { desk, acts } = this;
    const point = (key) => () => { desk.pointed = key; desk.changed(); };
    const words = make("span", { className: "text" });
    say(words, pin.comment || "…");
    return make("div", { className: `pin-row ${pin.kind}`, role: "listitem", on: { pointerenter: point(pin.key), pointerleave: point(null) } },
      make("button", {
        type: "button", className: "go", title: "Go there", on: { click: () => acts.goTo([pin.x, pin.y]) },
      }, make("b", {}, String(pin.number)), words),
      pin.kind !== "own" ? null : make("button", {
        type: "button", className: "delete", title: "Change it", "aria-label": `Change pin ${pin.number}`, on: { click: () => { acts.goTo([pin.x, pin.y]); desk.write(pin.key); } },
      }, "✎"),
      pin.kind !== "own" ? null : make("button", {
        type: "button", className: "delete", title: "Remove it", "aria-label": `Remove pin ${pin.number}`, on: { click: () => desk.removePin(pin.key) },
      }, "✕"));
  }
}
