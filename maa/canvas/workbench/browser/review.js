// The workbench in the hands of a reviewer: the same picture, read-only until they fix something themselves.

import { Workbench } from "./main.js";
import { mountBench } from "./mount.js";
import { REVIEW_ACTIONS, REVIEW_WORDS, FIX_ACTIONS } from "./review_keys.js";
import { ReviewDesk } from "./review_desk.js";
import { FixPanel, ReviewPanel } from "./review_panel.js";
import { APPROVED, SENT_BACK } from "./review_said.js";
import { ReviewTools } from "./review_tools.js";
import { AnnotateTools } from "./tools.js";

const FOLLOW = "maa.review.follow";

export class ReviewBench extends Workbench {
  makeDesk(parts) {
    const desk = new ReviewDesk({ ...parts, reasons: this.info.reasons });
    /** Whether an object that is chosen is shown close up. */
    desk.following = this.storage.getItem(FOLLOW) !== "no";
    return desk;
  }

  makePanel(parts) {
    return this.desk.fixing ? new FixPanel(parts) : new ReviewPanel(parts);
  }

  makeTools(stage) {
    return this.desk.fixing ? new AnnotateTools(stage) : new ReviewTools(stage);
  }

  startKeys() {
    const { id } = this.info.person;
    if (this.desk.fixing) this.useKeys(FIX_ACTIONS, `maa.keys.${id}`);
    else this.useKeys(REVIEW_ACTIONS, `maa.keys.review.${id}`, REVIEW_WORDS);
  }

  digit(number) {
    if (this.desk.fixing) super.digit(number);
    else this.desk.reason(number);
  }

  moreActs() {
    const { desk } = this;
    const decided = async (how, verdict) => {
      if (await desk.decide(verdict)) this.word.say(how);
      else if (verdict === APPROVED && desk.threads.refusal && !desk.fixing) this.panel.threads.reveal();
    };
    const toggle = (what) => () => { desk[what] = !desk[what]; desk.say(""); };
    return {
      approve: () => decided("approved", APPROVED), sendBack: () => decided("sent_back", SENT_BACK),
      approveObject: () => desk.approveObject(), rejectObject: () => desk.rejectObject(), reason: (number) => desk.reason(number),
      choose: (local) => desk.choose(local), drop: () => (desk.fixing ? desk.putDown() : desk.leave()),
      pin: () => desk.takePin(), fix: () => desk.fix(), modelOutline: toggle("comparing"), follow: () => this.#follow(),
      lookAt: (box) => this.stage.focus(box),
      comment: () => this.#comment(), showAgain: () => this.showAgain(),
    };
  }

  /** Close up of the chosen object or not; where the view was moved away from it, back to it first. */
  #follow() {
    const { desk, stage, storage } = this;
    const away = desk.following && desk.object && stage.view !== this.closeUp;
    if (!away) desk.following = !desk.following;
    try {
      storage.setItem(FOLLOW, desk.following ? "yes" : "no");
    } catch {
      // It holds until the page is left.
    }
    desk.say("");
    if (desk.following && desk.object) this.#lookAt();
    else stage.fit();
  }

  #lookAt() {
    this.stage.focus(this.desk.focus);
    this.closeUp = this.stage.view;
  }

  #comment() {
    const { desk, panel } = this;
    if (desk.fixing) return;
    if (!panel.comment.hidden) return panel.comment.focus();
    if (desk.choosing) return desk.say("First say what is wrong with the object: 1-9.");
    // What an object's rejection says is written with that; anything else is a comment for everybody.
    panel.threads.write();
  }

  render() {
    if (!this.stage) return super.render();
    const { desk, stage } = this;
    if (Boolean(this.shownFixing) !== desk.fixing) {
      this.shownFixing = desk.fixing;
      stage.tools = this.makeTools(stage);
      stage.redraw("objects");
      this.startKeys();
    }
    if (this.shownSaid !== desk.said || this.shownCurrent !== desk.current) stage.redraw("objects");
    if (this.shownCurrent !== desk.current && desk.loaded && stage.view && !desk.fixing) {
      if (desk.following && desk.object) this.#lookAt();
      else if (desk.following && stage.view === this.closeUp) stage.fit();
      else if (desk.object) stage.reveal(desk.focus);
    }
    this.shownSaid = desk.said;
    this.shownCurrent = desk.current;
    this.root.dataset.mode = desk.fixing ? "fix" : desk.pinning ? "pin" : "look";
    super.render();
  }
}

export const mount = (now, base) => mountBench(now, base, ReviewBench);
