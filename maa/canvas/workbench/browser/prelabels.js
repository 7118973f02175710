// What a model proposed before anybody had opened the image: to be accepted as it is, repaired or deleted. What is
// repaired or deleted goes the way of every object; here is what accepts.

import { openWords } from "./drawing.js";

export class Prelabels {
  constructor(desk) {
    this.desk = desk;
  }

  /** Those that nobody has decided about. */
  get left() {
    return this.desk.objects.list.filter((object) => object.prelabel);
  }

  /** One is good as it is. When it was open, the next one opens. */
  accept(local) {
    const { desk } = this;
    if (!desk.begin()) return;
    const object = desk.objects.get(local);
    if (!object?.prelabel) return desk.say("Open a pre-label to accept it, or point at it.");
    const open = desk.drawing.base === local;
    if (open && desk.isOpen) return desk.accept();
    this.#confirm([object], open ? desk.objectTime.seconds : 0);
    if (!open) return desk.tell();
    desk.drop();
    this.openNext();
  }

  /** The one that was open is decided about: on with the next. */
  openNext() {
    const [next] = this.left;
    if (next) this.desk.open(next.local);
  }

  /** One deed, which undo takes back: nobody has decided about them again. */
  #confirm(list, seconds) {
    const { objects, history } = this.desk;
    const confirm = (time) => { for (const { local } of list) objects.confirm(local, time); };
    history.push({ undo: () => { for (const object of list) objects.revert(object); }, redo: () => confirm(0) });
    confirm(seconds);
  }

  /** All that are left are good as they are. */
  acceptAll() {
    const { desk, left } = this;
    if (!desk.begin()) return;
    if (desk.isOpen) return desk.say(openWords(desk.drawing));
    if (desk.base?.prelabel) desk.drop();
    if (left.length) this.#confirm(left, 0);
    desk.say(left.length ? `Accepted as they are: ${left.length}.` : "No pre-labels are left.");
  }
}
