// What is asked about the open drawing while it changes, and what becomes of the answers. No DOM.

import { answered, questionOf, simplified, unanswered } from "./drawing.js";
import { Asker } from "./protocol.js";

/** ms until a question that the network lost is asked again. */
const AGAIN = 1500;
/** ms after which who waits for an answer is told that it is being worked at. */
const SLOW = 500;

export class Questions {
  #rev = 0;
  #patience = null;

  constructor(desk) {
    this.desk = desk;
    /** Answers have been due for a while. */
    this.slow = false;
    this.asker = new Asker(
      ({ rev, prompt, threshold, detail }) => desk.server.call("predict", { rev, ...prompt, threshold, detail }),
      (...told) => this.#hear(...told));
    this.tuner = new Asker(
      ({ outline, detail }) => desk.server.call("simplify", { outline, detail }), (...told) => this.#hearTuned(...told));
  }

  /** The drawing has changed: what was asked before is old, and the model is asked where that is called for. */
  renew() {
    const { drawing, threshold, detail } = this.desk;
    this.#rev++;
    const prompt = questionOf(drawing);
    if (!prompt) return;
    this.asker.put({ rev: this.#rev, number: drawing.number, prompt, threshold, detail });
    this.#patience ??= setTimeout(() => { this.slow = true; this.desk.tell(); }, SLOW);
  }

  /** Have the outline with more or fewer vertices. */
  simplify() {
    const { drawing, detail } = this.desk;
    this.tuner.put({ number: drawing.number, outline: drawing.simplifiedFrom ?? drawing.outline, detail });
  }

  #hear(question, answer, error) {
    const { desk } = this;
    const newest = question.rev === this.#rev;
    if (!this.asker.busy) {
      clearTimeout(this.#patience);
      this.#patience = null;
      this.slow = false;
    }
    if (answer) desk.modelProblem = "";
    if (answer && newest) {
      desk.preview = null;
      desk.drawing = answered(desk.drawing, question.prompt, answer);
    } else if (answer && question.number === desk.drawing.number) {
      desk.preview = answer.outline; // older than the newest click, yet good to see
    } else if (error && newest) {
      if (error.kind === "network") {
        desk.offline = true;
        setTimeout(() => { if (question.rev === this.#rev) this.asker.put(question); }, AGAIN);
      } else {
        desk.drawing = unanswered(desk.drawing);
        if (error.kind === "model") desk.modelProblem = error.message;
        else if (error.kind === "conflict" || error.kind === "pass") desk.lose(error);
        else desk.hint = error.message;
      }
    }
    desk.tell();
  }

  #hearTuned({ number }, answer, error) {
    const { desk } = this;
    if (error) return desk.fail(error);
    if (number !== desk.drawing.number || !desk.drawing.outline) return;
    desk.change(simplified(desk.drawing, answer.outline), { merge: "tune" });
  }
}
