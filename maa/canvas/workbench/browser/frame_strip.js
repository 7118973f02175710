// Below the picture of a frame: where it is in its sequence, and what shows the frames around it.

import { button, group, make, say } from "./dom.js";

/** Seconds as people read a video's time. */
export function timeOf(seconds) {
  const tenths = Math.round(seconds * 10);
  const [hours, minutes] = [Math.floor(tenths / 36000), Math.floor(tenths / 600) % 60];
  const rest = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Where in its sequence what is seen is, in words. */
export function placeOf(frames) {
  const { list, at, here, place, of, video, seconds } = frames;
  if (!list.length) return "";
  const where = `Frame ${place + at - here} of ${of}`;
  if (frames.viewing) return `${where} · yours is ${place}`;
  return video ? `${where} · ${timeOf(seconds)} in ${video}` : where;
}

export class FrameStrip {
  /** `back()`: give the keys back to the picture. */
  constructor({ frames, keymap, acts, back }) {
    Object.assign(this, { frames, acts });
    const act = (name, text) => button(text, { key: keymap.shown(name), title: keymap.actions[name][0], name, act: () => acts[name](), kind: "small" });
    this.play = act("play", "Play");
    this.neighbours = act("neighbours", "Neighbours");
    // Reviewers look, and take nothing over.
    this.all = keymap.actions.carryAll ? act("carryAll", "Take over all") : null;
    this.slider = make("input", {
      type: "range", min: 0, max: 0, step: 1, "aria-label": "Frame", data: { name: "frame" },
      on: { input: () => frames.look(Number(this.slider.value)), change: back },
    });
    this.marks = make("div", { className: "marks", "aria-hidden": "true" });
    this.words = make("span", { className: "words", data: { name: "place" } });
    this.element = make("div", { className: "frames", data: { name: "frames" } },
      group(act("previousFrame", "‹"), this.play, act("nextFrame", "›")),
      make("div", { className: "track" }, this.marks, this.slider), this.words,
      group(this.neighbours, this.all));
  }

  render() {
    const { frames } = this;
    const { list, at, here } = frames;
    say(this.play.firstChild, frames.playing ? "Pause" : "Play");
    this.neighbours.setAttribute("aria-pressed", String(frames.shown));
    const labeled = list.some((frame) => frame.labeled);
    if (this.all) this.all.disabled = !labeled || frames.carrying || frames.desk.readOnly || frames.desk.byHand;
    this.slider.max = Math.max(0, list.length - 1);
    this.slider.value = at;
    const words = placeOf(frames);
    say(this.words, words);
    this.words.title = words;
    this.element.classList.toggle("away", frames.viewing);
    if (this.shown === list && this.here === here) return;
    [this.shown, this.here] = [list, here];
    const left = (i) => `${(100 * i) / Math.max(1, list.length - 1)}%`;
    this.marks.replaceChildren(...list.map(({ labeled: done }, i) => (done || i === here) && make("i", {
      className: i === here ? "here" : "", style: { left: left(i) }, title: i === here ? "your frame" : "labeled",
    })).filter(Boolean));
  }
}
