// The sheet of keys, on which they can be changed.

import { button, make } from "./dom.js";
import { keyOf, shown } from "./keys.js";

const WORDS = "Click a key to change it, then press the new one. Digits choose the class by its number (1, then 2 at once: class 12); drag with Space held, or with the middle button, to move the view; the wheel zooms. Shift+click opens an object.";

export class HelpSheet {
  #waiting = null;

  constructor({ keymap, changed, words = WORDS }) {
    Object.assign(this, { keymap, changed });
    this.note = make("p", { className: "note", role: "status" });
    this.body = make("div", { className: "sheet-body" });
    this.element = make("dialog", { className: "sheet", "aria-label": "Keys", data: { name: "keys" } },
      make("div", { className: "row between" }, make("h2", {}, "Keys"), button("Close", { key: "Esc", act: () => this.close() })),
      make("p", { className: "note" }, words),
      this.note, this.body, button("Reset all keys", { act: () => { keymap.reset(); this.#said(""); this.changed(); this.render(); } }));
    this.element.addEventListener("close", () => { this.#waiting = null; });
  }

  toggle() {
    if (this.element.open) return this.close();
    this.render();
    this.element.showModal();
  }

  close() {
    this.element.close();
  }

  #said(text) {
    this.note.textContent = text;
  }

  /** Keys while the sheet is open: true when it took the press. */
  press(event) {
    if (!this.element.open) return false;
    if (this.#waiting) {
      if (["Control", "Shift", "Alt", "Meta"].includes(event.key)) return true;
      if (event.key !== "Escape") {
        const wrong = this.keymap.rebind(this.#waiting, keyOf(event));
        this.#said(wrong ?? "Changed.");
        this.changed();
      }
      this.#waiting = null;
      this.render();
      return true;
    }
    if (event.key === "Escape" || event.key === "?") this.close();
    return true;
  }

  render() {
    const groups = new Map();
    for (const [name, [words, , group]] of Object.entries(this.keymap.actions)) {
      if (!words) continue;
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push([name, words]);
    }
    this.body.replaceChildren(...[...groups].map(([group, rows]) => make("section", {}, make("h3", {}, group),
      ...rows.map(([name, words]) => make("div", { className: "row between" }, make("span", {}, words),
        make("button", {
          type: "button", className: "button key", data: { name: `key-${name}` }, title: "Click, then press another key",
          on: { click: () => { this.#waiting = name; this.#said(`Press the new key for: ${words}. Esc keeps the present one.`); this.render(); } },
        }, this.#waiting === name ? "press…" : this.keymap.keysOf(name).map(shown).join("  ") || "none"))))));
  }
}
