// What is beside and around the picture on the review page: the verdict, what is looked at, objects, pins.

import { showBanners, troubles } from "./banners.js";
import { button, group, make, say, show } from "./dom.js";
import { countVertices } from "./geometry.js";
import { LookBox } from "./look_box.js";
import { Panel } from "./panel.js";
import { PinList } from "./pins.js";
import { DifferenceList } from "./differences.js";
import { ThreadList } from "./thread_list.js";
import { APPROVED, because, rejected, reviewerSaid } from "./review_said.js";

const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

export class ReviewPanel {
  #rows = new Map();

  constructor({ desk, stage, keymap, acts, info, look }) {
    Object.assign(this, { desk, stage, keymap, acts, info, look });
    this.toolbar = this.#toolbar();
    this.facts = make("span", { className: "facts" });
    this.unsure = make("span", { className: "unsure" }, "model unsure: look twice");
    this.words = make("span", { className: "words", role: "status", "aria-live": "polite" });
    this.place = make("span", { className: "place" });
    this.status = make("div", { className: "status", data: { name: "status" } }, this.facts, this.unsure, this.words, this.place);
    this.banners = make("div", { className: "banners", role: "alert" });
    this.side = this.#side();
  }

  #act(action, text, kind = "") {
    return button(text, {
      key: this.keymap.shown(action), title: this.keymap.actions[action][0], name: action, act: () => this.acts[action](), kind,
    });
  }

  #toolbar() {
    this.toggles = { follow: this.#act("follow", "Close up"), modelOutline: this.#act("modelOutline", "Model"), pin: this.#act("pin", "Pin") };
    this.fixButton = this.#act("fix", "Fix it");
    this.undoButton = this.#act("undo", "Undo");
    this.redoButton = this.#act("redo", "Redo");
    const hide = button("Hide", { key: this.keymap.shown("hideOthers"), title: "Hide the outlines while held", name: "hideOthers", act: () => {} });
    hide.addEventListener("pointerdown", () => this.acts.hideOthers());
    for (const over of ["pointerup", "pointerleave"]) hide.addEventListener(over, () => this.acts.showAgain());
    return make("div", { className: "toolbar", role: "toolbar", "aria-label": "Tools" },
      group(this.#act("previous", "‹"), this.#act("next", "›"), this.toggles.follow, this.#act("fit", "Fit")),
      group(hide, this.toggles.modelOutline), group(this.toggles.pin, this.fixButton), group(this.undoButton, this.redoButton),
      group(this.#act("help", "Keys")));
  }

  #side() {
    const { info, desk } = this;
    this.waiting = make("p", { className: "facts" });
    this.lastWords = make("span");
    this.outcome = make("div", { data: { name: "outcome" } }, this.lastWords, this.#act("takeBack", "Take back", "small"));
    this.approveButton = this.#act("approve", "Approve", "primary");
    this.backButton = this.#act("sendBack", "Send back");
    this.title = make("div", { className: "subject", data: { name: "subject" } });
    this.about = make("p", { className: "note about" });
    this.goodButton = this.#act("approveObject", "Good");
    this.badButton = this.#act("rejectObject", "Wrong");
    this.reasonButtons = desk.reasons.map((reason, i) => button(reason, {
      key: i < 9 ? String(i + 1) : "", title: `What is wrong: ${reason}`, name: `reason-${i + 1}`, act: () => this.acts.reason(i + 1), kind: "reason",
    }));
    this.reasons = make("div", { className: "reasons", role: "group", "aria-label": "What is wrong" }, ...this.reasonButtons);
    this.comment = make("textarea", {
      rows: 2, maxLength: 2000, "aria-label": "Comment", data: { name: "comment-text" },
      on: {
        input: () => desk.comment(this.comment.value),
        keydown: (event) => {
          if (event.key !== "Escape" && (event.key !== "Enter" || event.shiftKey)) return;
          event.preventDefault();
          this.stage.element.focus({ preventScroll: true });
        },
      },
    });
    this.looks = new LookBox({ look: this.look, changed: () => { this.stage.redraw("photo", "objects", "overlay"); this.render(); } });
    this.pins = new PinList({ desk, acts: this.acts });
    this.differences = new DifferenceList({ desk: this.desk, acts: this.acts });
    this.threads = new ThreadList(this);
    this.count = make("span", { className: "count", data: { name: "count" } });
    this.list = make("div", { className: "objects", role: "list", "aria-label": "Objects", data: { name: "objects" } });
    this.earlier = make("div", { data: { name: "earlier" } });
    const guidelines = info.guidelines && make("details", { className: "menu" }, make("summary", {}, "Guidelines"), make("p", { className: "text" }, info.guidelines));
    return make("div", { className: "side review" },
      make("div", { className: "header" }, make("span", { className: "name", title: info.image.name, data: { name: "image" } }, info.image.name),
        button("Give back", { title: "Somebody else can review it; what you said about it is dropped", name: "release", act: () => this.acts.release(), kind: "small" })),
      this.waiting,
      this.outcome,
      make("div", { className: "row verdict" }, this.approveButton, this.backButton),
      make("div", { className: "box card" }, this.title, this.about, make("div", { className: "row" }, this.goodButton, this.badButton), this.reasons, this.comment),
      this.pins.element, this.differences.element, this.threads.element, make("div", { className: "row between" }, this.count), this.list, this.earlier, guidelines, this.looks.element);
  }

  render() {
    const { desk, info } = this;
    const more = desk.waiting ? `${count(desk.waiting, "more image")} waiting` : "the last one for you";
    say(this.waiting, ["by " + info.author, ...(info.about ?? []), more].join(" · "));
    show(this.outcome, Boolean(info.last));
    this.outcome.className = `row between outcome ${info.last?.kind}`;
    say(this.lastWords, info.last?.words ?? "");
    const idle = desk.readOnly || desk.handing || !desk.loaded;
    for (const element of [this.approveButton, this.backButton, this.fixButton]) element.disabled = idle;
    say(this.approveButton.firstChild, desk.handing ? "Saving…" : "Approve");
    // The verdict that what was said leads to stands out.
    const back = rejected(desk.said, desk.objects.list).length > 0 || Boolean(desk.said.reason);
    this.approveButton.classList.toggle("primary", !back);
    this.backButton.classList.toggle("due", back);
    this.undoButton.disabled = idle || !desk.deeds.canUndo;
    this.redoButton.disabled = idle || !desk.deeds.canRedo;
    for (const [name, on] of [["follow", desk.following], ["modelOutline", desk.comparing], ["pin", desk.pinning]]) {
      this.toggles[name].setAttribute("aria-pressed", String(Boolean(on)));
    }
    this.#renderCard();
    this.#renderStatus();
    this.#renderObjects();
    this.#renderEarlier();
    this.looks.render();
    this.pins.render();
    this.threads.render();
    this.differences.render();
    showBanners(this.banners, troubles(desk, this.acts, this.stage));
  }

  #renderCard() {
    const { desk, info } = this;
    const { object } = desk;
    const mark = object && desk.markOf(object.local);
    const bad = object ? mark?.verdict === "send_back" : true;
    const number = desk.objects.list.indexOf(object) + 1;
    say(this.title, object ? `${number} ${desk.classOf(object.class).name}` : "The whole image");
    this.title.style.setProperty("--color", object ? desk.classOf(object.class).color : "transparent");
    say(this.about, object ? about(object, info.origins) : "");
    show(this.about, Boolean(object));
    show(this.goodButton.parentElement, Boolean(object));
    this.goodButton.setAttribute("aria-pressed", String(mark?.verdict === APPROVED));
    this.badButton.setAttribute("aria-pressed", String(mark?.verdict === "send_back"));
    this.reasons.classList.toggle("asked", desk.choosing);
    const reason = object ? (bad ? mark.reason : "") : desk.said.reason;
    this.reasonButtons.forEach((one, i) => one.setAttribute("aria-pressed", String(desk.reasons[i] === reason)));
    show(this.comment, bad);
    const text = object ? mark?.comment ?? "" : desk.said.comment;
    if (this.comment.value !== text) this.comment.value = text;
    this.comment.placeholder = `${object ? "What should change" : "To the annotator"} (${this.keymap.shown("comment")}, optional)`;
    this.comment.readOnly = desk.readOnly;
  }

  #renderStatus() {
    const { desk, info } = this;
    const { object } = desk;
    const { list } = desk.objects;
    const parts = object
      ? [count(countVertices(object.outline), "vertex").replace("vertexs", "vertices"), object.confidence === null ? "" : `confidence ${object.confidence.toFixed(2)}`]
      : [`${info.image.width} × ${info.image.height} px`];
    const waiting = desk.objects.outbox.waiting.length;
    say(this.facts, [...parts, waiting ? `saving ${waiting}` : ""].filter(Boolean).join(" · "));
    const long = desk.failure || desk.choosing || desk.comparing; // it needs the whole line
    show(this.facts, !long);
    show(this.unsure, !long && Boolean(object && this.#isUnsure(object)));
    say(this.words, desk.failure || desk.hint || this.#advice());
    this.words.title = this.words.textContent;
    this.words.dataset.kind = desk.failure ? "failure" : desk.hint ? "hint" : "";
    const judged = list.filter(({ local }) => desk.markOf(local)).length;
    say(this.count, `objects: ${list.length}${judged ? ` · ${judged} judged` : ""}`);
  }

  #isUnsure = (object) => object.confidence !== null && object.confidence < this.info.unsure_below;

  #advice() {
    const { desk } = this;
    const key = (action) => this.keymap.shown(action);
    if (desk.readOnly) return "";
    if (desk.frames?.viewing) return `You are looking at another frame: ${key("drop")} or a click goes back to the one under review.`;
    if (desk.writing) return "Write what is wrong here. Enter is done.";
    if (desk.pinning) return `Click the place that the comment is about. ${key("pin")} again cancels.`;
    if (desk.choosing) return `What is wrong? ${desk.reasons.map((reason, i) => `${i + 1} ${reason}`).join(" · ")}`;
    if (desk.comparing) return "Dashed: the model's outline. Green was added by hand, red was taken away.";
    if (desk.object) return `${key("approveObject")} good · 1-${desk.reasons.length} what is wrong · ${key("next")} next · ${key("pin")} pins a comment · ${key("fix")} fixes it`;
    return `${desk.objects.list.length ? `${key("next")} goes through the objects. ` : ""}${key("approve")} approves the image, ${key("sendBack")} sends it back.`;
  }

  #renderObjects() {
    const { desk } = this;
    for (const [local] of this.#rows) if (!desk.objects.get(local)) this.#rows.delete(local);
    const wanted = desk.objects.list.map((object, i) => this.#row(i + 1, object));
    const same = wanted.length === this.list.children.length && wanted.every((row, i) => this.list.children[i] === row);
    if (!same) this.list.replaceChildren(...wanted);
    if (this.shown !== desk.current) this.#rows.get(desk.current)?.row.scrollIntoView({ block: "nearest" });
    this.shown = desk.current;
  }

  #row(number, object) {
    const { desk } = this;
    const mark = desk.markOf(object.local);
    const badges = [];
    if (object.state === "failed") badges.push(["bad", "not saved"]);
    if (this.#isUnsure(object)) badges.push(["doubt", "unsure"]);
    if (object.correction) badges.push(["news", reviewerSaid(object)]);
    else if (desk.isSince(object)) badges.push(["news", object.revision > 1 ? "changed" : "new"]);
    else if (object.remark) badges.push(["doubt", "not changed"]);
    if (mark) badges.push(mark.verdict === APPROVED ? ["good", "good"] : ["bad", mark.reason]);
    const chosen = desk.current === object.local;
    const label = desk.classOf(object.class);
    const text = JSON.stringify([number, label, badges, chosen, mark?.comment, object.error]);
    const known = this.#rows.get(object.local);
    if (known?.text === text) return known.row;
    const note = object.error || mark?.comment;
    const row = make("div", { className: `object ${object.state}`, role: "listitem", "aria-current": String(chosen), style: { "--color": label.color }, data: { local: object.local } },
      make("button", {
        type: "button", className: "open", title: "Look at it",
        on: {
          click: () => this.acts.choose(object.local),
          pointerenter: () => this.acts.mark(object.local), pointerleave: () => this.acts.mark(null),
        },
      }, make("span", { className: "text" }, `${number} ${label.name}`), ...badges.map(([kind, words]) => make("span", { className: `badge ${kind}` }, words))),
      note ? make("p", { className: "note" }, note) : null);
    this.#rows.set(object.local, { text, row });
    return row;
  }

  #renderEarlier() {
    const { desk } = this;
    const numbers = new Map(desk.objects.list.map((object, i) => [desk.objects.idOf(object.local), i + 1]));
    const text = JSON.stringify([desk.rounds, [...numbers]]);
    if (this.earlier.dataset.said === text) return;
    this.earlier.dataset.said = text;
    show(this.earlier, desk.rounds.length > 0);
    const named = (id) => (numbers.get(id) ? `object ${numbers.get(id)}` : "an object since deleted");
    this.earlier.replaceChildren(make("details", { className: "menu", open: true }, make("summary", {}, `Earlier reviews (${desk.rounds.length})`),
      ...desk.rounds.map((round) => make("div", { className: "round" },
        make("p", {}, make("b", {}, round.verdict === APPROVED ? "Approved" : "Sent back"),
          ` by ${round.who}, ${new Date(round.when).toLocaleString([], { dateStyle: "short", timeStyle: "short" })}`, because(round) && `: ${because(round)}`),
        make("ul", {}, ...round.objects.map((one) => make("li", {}, [named(one.annotation), because(one)].filter(Boolean).join(": "))),
          ...round.pins.map((pin, i) => make("li", {}, button(`pin ${i + 1}`, { title: "Go there", act: () => this.acts.goTo([pin.x, pin.y]), kind: "small" }), ` ${pin.comment}`)))))));
  }
}

/** How an object came to be, in words. */
function about(object, origins) {
  const edited = object.modelOutline && JSON.stringify(object.modelOutline) !== JSON.stringify(object.outline);
  const how = `${origins[object.origin] ?? object.origin}${object.modelOutline ? (edited ? ", then edited" : object.prompt?.prior ? ", repaired from an earlier outline" : ", as the model drew it") : ""}`;
  const who = reviewerSaid(object) || (object.author ? `by ${object.author}` : "");
  const { remark } = object;
  const before = remark ? `${remark.changed ? "Changed since" : "Not changed since"}: ${because(remark)}` : "";
  return [[how, who, object.revision > 1 ? `revision ${object.revision}` : ""].filter(Boolean).join(" · "), before].filter(Boolean).join("\n");
}

/** The annotators' tools in the hands of a reviewer: what hands the image in leads back to the review. */
export class FixPanel extends Panel {
  constructor(parts) {
    super(parts);
    const { keymap, acts } = this;
    this.skipMenu.remove();
    this.side.classList.add("fixing"); // as wide as the review's: the picture stays where it is
    this.submitButton.replaceWith(button("Back to the review", { key: keymap.shown("fix"), name: "fix", act: () => acts.fix(), kind: "wide" }));
  }
}
