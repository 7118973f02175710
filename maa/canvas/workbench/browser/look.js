// How the picture looks to one person: kept in the browser.

const AS_IT_IS = { brightness: 1, contrast: 1, opacity: 0.22 };
const RANGES = { brightness: [0.3, 3], contrast: [0.3, 3], opacity: [0, 0.8] };

export class Look {
  constructor(storage, name = "maa.look") {
    Object.assign(this, AS_IT_IS);
    Object.defineProperty(this, "keep", {
      value: () => {
        try {
          storage.setItem(name, JSON.stringify({ ...this }));
        } catch {
          // It holds until the page is left.
        }
      },
    });
    try {
      const kept = JSON.parse(storage.getItem(name) ?? "{}") ?? {};
      for (const what of Object.keys(AS_IT_IS)) if (Number.isFinite(kept[what])) this[what] = kept[what];
    } catch {
      // Damaged: as it is.
    }
  }

  set(what, value) {
    const [low, high] = RANGES[what];
    this[what] = Math.round(Math.min(Math.max(value, low), high) * 100) / 100;
    this.keep();
  }

  change(what, by) {
    this.set(what, this[what] + by);
  }

  plain() {
    this.set("brightness", 1);
    this.set("contrast", 1);
  }
}
