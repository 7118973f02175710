// A task in this tab's hands: whether it may be written on, what is told about it, and handing it in.

/** ms: a second press of the key by which one image left the desk is not meant for the next. */
export const DOUBLE_PRESS = 800;
/** ms until a call is made again that the network lost. */
const AGAIN = 1000;
/** ms within which the next image comes as a rule. */
const SOON = 3000;

export class Holding {
  /** `changed()` after every change of what is held. */
  constructor({ server, drafts, changed }) {
    Object.assign(this, { server, drafts, changed });
    /** What the person should know about what they did last. */
    this.hint = "";
    /** Why their last deed failed. */
    this.failure = "";
    /** Why nothing can be saved any more, or "". */
    this.lost = "";
    /** {mine, since, who}: the one tab that may write. */
    this.seat = null;
    this.offline = false;
    this.handing = false;
    /** The image is being opened anew. */
    this.sitting = false;
    /** The image is off the desk: nothing of it is kept or sent any more. */
    this.handed = false;
    /** The image is off the desk for a while, and nothing has come after it. */
    this.late = false;
    /** Nobody looks at this any more. */
    this.over = false;
    /** Whether the person did something since the last sign of life. */
    this.acted = false;
  }

  get readOnly() {
    return Boolean(this.lost) || this.seat?.mine === false;
  }

  /** What would be lost with the page, or null. */
  get draft() {
    return null;
  }

  /** Something has changed: keep what would be lost, and draw. */
  tell() {
    if (this.seat?.mine && !this.handing && !this.handed) this.drafts.keep(this.draft);
    this.changed();
  }

  /** Hand the task in once everything is saved: the server's call for it. True when the server has it. */
  async hand(call, body) {
    this.handing = true;
    this.tell();
    try {
      await this.objects.outbox.idle;
      if (this.objects.list.some((object) => object.state === "failed")) {
        this.failure = "An object could not be saved: before you submit the image, open it in the list and accept it again, or delete it.";
        return false;
      }
      await this.#insist(call, typeof body === "function" ? body() : body);
      this.handed = true;
      setTimeout(() => {
        this.late = !this.over;
        if (this.late) this.tell();
      }, SOON);
      this.drafts.forget();
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    } finally {
      this.handing = false;
      this.tell();
    }
  }

  /** Call until the server answers. It may have heard what it did not answer, so it is told that this comes again. */
  async #insist(call, body) {
    for (let again = false; ; again = true) {
      try {
        return await this.server.call(call, again ? { ...body, again } : body);
      } catch (error) {
        if (error.kind !== "network" || this.lost || this.over) throw error;
        this.offline = true;
        this.tell();
        await new Promise((resolve) => setTimeout(resolve, AGAIN));
      }
    }
  }

  /** Tell the server that this tab is here; `active` renews the lease. */
  async beat() {
    if (this.handed || this.lost) return;
    const active = this.acted;
    this.acted = false;
    try {
      const { seat, classes } = await this.server.call("touch", { active });
      const before = this.seat;
      // Who waited shows what the image was then, so it is opened anew. Free is said once too often after a pause of
      // everything: the tab that has the seat comes with its next word.
      if (before?.mine === false && (seat.mine || (seat.free && before.free))) return this.#sitDown(false);
      this.seat = seat;
      this.learnClasses?.(classes);
      if (this.offline) this.objects.outbox.hurry();
      this.offline = false;
    } catch (error) {
      if (error.kind === "network") this.offline = true;
      else if (!error.passing && !this.handed) this.lose(error);
    }
    this.tell();
  }

  /** Write here, not in the other tab. */
  takeSeat() {
    return this.#sitDown(true);
  }

  async #sitDown(take) {
    if (this.sitting && !take) return;
    this.sitting = true;
    try {
      const answer = await this.server.call("open", { take });
      this.load(answer, this.drafts.newest(answer.draft));
    } catch (error) {
      this.fail(error);
    } finally {
      this.sitting = false;
    }
  }

  lose(error) {
    this.lost = error.message;
    this.tell();
  }

  fail(error) {
    this.failure = error.message;
    this.tell();
  }

  /** Say why a deed does nothing, so that who looks elsewhere sees it. */
  refuse(because) {
    this.failure = because;
    this.tell();
  }

  say(hint) {
    this.hint = hint;
    this.tell();
  }
}
