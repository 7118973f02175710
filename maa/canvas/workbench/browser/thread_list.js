// The threads of comments beside the picture: what was said, and a field to say more.

import { button, make, say, show } from "./dom.js";

const at = (when) => new Date(when).toLocaleString([], { dateStyle: "short", timeStyle: "short" });

export class ThreadList {
  constructor(panel) {
    const { desk, acts } = panel;
    Object.assign(this, { panel, desk, acts });
    this.heading = make("summary", {});
    this.list = make("div", { role: "list", "aria-label": "Comments" });
    this.about = make("span", { className: "text" });
    this.placeButton = button("On a place", { title: "The next click on the image says what the comment is about", name: "thread-place", act: () => desk.threads.takePlace(), kind: "small" });
    this.field = make("textarea", {
      rows: 2, maxLength: 2000, data: { name: "thread-text" },
      on: {
        input: () => desk.threads.write(this.field.value),
        keydown: (event) => {
          if (event.key === "Escape") this.#back(event);
          if (event.key !== "Enter" || event.shiftKey) return;
          this.#back(event);
          desk.threads.send();
        },
      },
    });
    this.sendButton = button("Comment", { key: "Enter", title: "Everybody who works on this image sees it at once", name: "thread-send", act: () => desk.threads.send(), kind: "small" });
    this.element = make("details", { className: "menu threads", data: { name: "threads" } }, this.heading, this.list,
      make("div", { className: "row between" }, this.about, this.placeButton), this.field, make("div", { className: "row between" }, make("span"), this.sendButton));
  }

  #back(event) {
    event.preventDefault();
    this.panel.stage?.element.focus({ preventScroll: true });
  }

  /** Show what is being said, for who has to read it first. */
  reveal() {
    this.element.open = true;
    this.element.scrollIntoView({ block: "nearest" });
  }

  /** Open, for what is to be written next. */
  write() {
    this.reveal();
    this.field.focus();
  }

  render() {
    const { desk } = this;
    const { threads } = desk;
    const open = threads.open.length;
    say(this.heading, threads.list.length ? `Comments: ${open ? `${open} open` : "all resolved"}` : "Comments");
    this.heading.classList.toggle("due", open > 0);
    // Opened by itself once: whoever gets the image should read what is open, or go on writing.
    if ((open || threads.text) && !this.greeted) this.element.open = this.greeted = true;
    const number = desk.objects.list.findIndex(({ local }) => local === desk.subject) + 1;
    const answered = threads.list.find(({ id }) => id === threads.answering);
    say(this.about, answered ? `Answer to ${threads.nameOf(answered)}` : threads.place ? "About the marked place"
      : threads.placing ? "Click the place" : number ? `About object ${number}` : "About the whole image");
    this.field.setAttribute("aria-label", this.about.textContent);
    show(this.placeButton, !answered);
    this.placeButton.setAttribute("aria-pressed", String(threads.placing || Boolean(threads.place)));
    if (this.field.value !== threads.text) this.field.value = threads.text;
    this.field.readOnly = desk.readOnly;
    this.field.placeholder = answered ? "Your answer" : "A question or a hint";
    const idle = desk.readOnly || threads.sending;
    this.placeButton.disabled = idle;
    this.sendButton.disabled = idle || !threads.text.trim();
    say(this.sendButton.firstChild, answered ? "Answer" : "Comment");
    const numbers = new Map(desk.objects.list.map((object, i) => [desk.objects.idOf(object.local), i + 1]));
    const text = JSON.stringify([threads.list, threads.answering, idle, [...numbers]]);
    if (this.list.dataset.said === text) return;
    this.list.dataset.said = text;
    this.list.replaceChildren(...threads.list.map((thread) => this.#row(thread, numbers, idle)));
  }

  #row(thread, numbers, idle) {
    const { threads } = this.desk;
    const name = threads.nameOf(thread);
    const about = thread.annotation ? (numbers.get(thread.annotation) ? `object ${numbers.get(thread.annotation)}` : "an object since deleted") : "";
    const point = (key) => () => { this.desk.pointed = key; this.desk.changed(); };
    const act = (words, more, does) => {
      const made = button(words, { ...more, act: does, kind: "small" });
      made.disabled = idle;
      return made;
    };
    return make("div", { className: `thread${thread.resolved ? " resolved" : ""}`, role: "listitem", data: { thread: name }, on: { pointerenter: point(`thread${thread.id}`), pointerleave: point(null) } },
      make("div", { className: "row between" },
        make("b", {}, [name, about].filter(Boolean).join(" · ")),
        thread.place ? button("Go there", { act: () => this.acts.goTo(thread.place), kind: "small" }) : null),
      ...thread.turns.filter(({ kind }) => kind !== "reopened").map(({ who, when, kind, text }) => make("p", {},
        make("b", { title: at(when) }, kind === "resolved" ? `${who} resolved it` : who), text && `: ${text}`)),
      make("div", { className: "row" },
        act(threads.answering === thread.id ? "Cancel" : "Answer", { name: "thread-answer" }, () => { threads.answer(thread.id); this.field.focus(); }),
        thread.resolved ? null : act("Resolve", { name: "thread-resolve", title: "It is settled; the image can be approved" }, () => threads.resolve(thread.id))));
  }
}
