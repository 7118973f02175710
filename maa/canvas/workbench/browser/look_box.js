// Sliders for how the picture looks.

import { make, slider } from "./dom.js";

const RANGES = [["brightness", 0.3, 3], ["contrast", 0.3, 3], ["opacity", 0, 0.8]];

export class LookBox {
  /** `changed()` after each change. */
  constructor({ look, changed }) {
    this.look = look;
    this.sliders = new Map(RANGES.map(([what, min, max]) => [what, slider(what[0].toUpperCase() + what.slice(1), {
      min, max, step: 0.02, value: look[what], name: what, act: (value) => { look.set(what, value); changed(); },
    })]));
    this.element = make("details", { className: "menu looks" }, make("summary", {}, "Look"), ...[...this.sliders.values()].map((made) => made.row));
  }

  render() {
    for (const [what, made] of this.sliders) made.set(this.look[what], this.look[what].toFixed(2));
  }
}
