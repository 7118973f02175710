// Undo and redo over everything done on an image: one line of deeds, each knows how to be taken back.

export class History {
  #done = [];
  #undone = [];
  #most;
  /** How many deeds stand, those forgotten by now among them. */
  depth = 0;

  constructor(most = 500) {
    this.#most = most;
  }

  /** A deed is {undo(), redo(), merge?}. A deed with the same `merge` as the last one continues it (a slider
   * that is dragged is one deed): undo then goes to before the first, redo to after the last. */
  push(deed) {
    const last = this.#done.at(-1);
    this.#undone = [];
    if (deed.merge !== undefined && last?.merge === deed.merge) {
      this.#done[this.#done.length - 1] = { ...last, redo: deed.redo };
      return;
    }
    this.depth++;
    this.#done.push(deed);
    if (this.#done.length > this.#most) this.#done.shift();
  }

  /** Later deeds never continue earlier ones. */
  seal() {
    const last = this.#done.at(-1);
    if (last) this.#done[this.#done.length - 1] = { ...last, merge: undefined };
  }

  undo() {
    const deed = this.#done.pop();
    if (!deed) return false;
    this.depth--;
    this.#undone.push({ ...deed, merge: undefined });
    deed.undo();
    return true;
  }

  redo() {
    const deed = this.#undone.pop();
    if (!deed) return false;
    this.depth++;
    this.#done.push(deed);
    deed.redo();
    return true;
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }
}
