// Handing an image in: what speaks against it is said once, then it is the person's decision.

import { openWords } from "./drawing.js";
import { DOUBLE_PRESS } from "./holding.js";

export class Submission {
  #doubted = { what: "", at: 0 };
  #opened;

  constructor(desk) {
    this.desk = desk;
    this.#opened = desk.clock();
  }

  /** Hand the image in once everything is saved. True when the server has it. */
  async submit() {
    const { desk } = this;
    if (!desk.begin() || desk.handing) return false;
    if (desk.follows && this.#isDouble(this.#opened)) return this.#no("You just opened this image: submit it again when it is done.");
    if (desk.isOpen) return this.#no(openWords(desk.drawing));
    const doubt = this.#doubt();
    const isNew = doubt !== this.#doubted.what;
    if (doubt && (isNew || this.#isDouble(this.#doubted.at))) {
      if (isNew) this.#doubted = { what: doubt, at: desk.clock() };
      return this.#no(doubt);
    }
    return desk.hand("submit", () => ({
      active_seconds: Math.round(desk.taskTime.seconds * 10) / 10,
      prelabels: desk.prelabels.left.map(({ local }) => desk.objects.idOf(local)),
    }));
  }

  #isDouble(since) {
    return this.desk.clock() - since < DOUBLE_PRESS / 1000;
  }

  #no(words) {
    this.desk.say(words);
    return false;
  }

  /** What speaks against handing the image in as it is. */
  #doubt() {
    const { list } = this.desk.objects;
    const left = list.filter(({ remark }) => remark && !remark.changed).length;
    if (!list.length) return "Submit once more if there is nothing to label here.";
    if (left) return `Submit once more to hand it in: ${left === 1 ? "an object that was" : `${left} objects that were`} sent back ${left === 1 ? "is" : "are"} unchanged.`;
    return "";
  }
}
