// Every action, its words and its keys. The keys can be changed by the person; the changes stay in the browser.

/** name -> [what it does, its keys, group]. Keys are named as browsers do, with Ctrl+, Alt+, Shift+ before. */
export const ACTIONS = {
  accept: ["Accept the outline and begin the next", ["Enter"], "Object"],
  confirm: ["Accept a pre-label as it is: the open one, or the one under the cursor", ["c"], "Object"],
  confirmAll: ["Accept all remaining pre-labels", ["Shift+c"], "Object"],
  drop: ["Drop the open outline, or close it", ["Escape"], "Object"],
  deleteObject: ["Delete the open object", ["d"], "Object"],
  undo: ["Undo", ["z", "Ctrl+z"], "Object"],
  redo: ["Redo", ["y", "Shift+z", "Ctrl+y", "Ctrl+Shift+z"], "Object"],
  next: ["Next object", ["n"], "Object"],
  previous: ["Previous object", ["p"], "Object"],
  submit: ["Submit the image", ["Shift+Enter"], "Object"],
  takeBack: ["Take back the image you just submitted", ["Ctrl+Backspace"], "Object"],

  prompt: ["Model clicks: left click on the border, right click outside, Alt-click inside", ["m"], "Draw"],
  manual: ["Draw by hand, vertex by vertex", ["a"], "Draw"],
  vertices: ["Vertices: drag, click an edge to add, drag a box to select", ["e"], "Draw"],
  border: ["New stretch of border, from vertex to vertex", ["b"], "Draw"],
  cut: ["Cut a hole or a bite", ["h"], "Draw"],
  add: ["Add a part", ["u"], "Draw"],
  split: ["Split along a line", ["x"], "Draw"],
  merge: ["Merge with an object that you click", ["g"], "Draw"],
  select: ["Select objects by clicking them", ["s"], "Draw"],

  deleteSelected: ["Delete selected vertices, or the point under the cursor", ["Delete", "Backspace"], "Edit"],
  nudgeLeft: ["Nudge selected vertices, else move the view", ["ArrowLeft"], "Edit"],
  nudgeRight: ["", ["ArrowRight"], "Edit"],
  nudgeUp: ["", ["ArrowUp"], "Edit"],
  nudgeDown: ["", ["ArrowDown"], "Edit"],
  snap: ["Snap to neighbours on or off", ["t"], "Edit"],
  share: ["Share borders with neighbours, without gaps", ["Shift+t"], "Edit"],
  fewer: ["Fewer vertices", [","], "Edit"],
  more: ["More vertices", ["."], "Edit"],

  previousFrame: ["Look at the previous frame", ["PageUp"], "Frames"],
  nextFrame: ["Look at the next frame", ["PageDown"], "Frames"],
  play: ["Play the nearby frames, or stop", ["j"], "Frames"],
  neighbours: ["Show or hide the neighbours' outlines", ["i"], "Frames"],
  carry: ["Take over the neighbour's object under the cursor", ["r"], "Frames"],
  carryAll: ["Take over all of the neighbour's objects", ["Shift+r"], "Frames"],

  fit: ["The whole image", ["f"], "Look"],
  zoomObject: ["Zoom to the object", ["v"], "Look"],
  zoomIn: ["Zoom in", ["w", "+", "="], "Look"],
  zoomOut: ["Zoom out", ["q", "-"], "Look"],
  hideOthers: ["Hide the other objects while held", ["o"], "Look"],
  opacityDown: ["Make the fill less opaque", ["["], "Look"],
  opacityUp: ["Make the fill more opaque", ["]"], "Look"],
  darker: ["Darker", ["k"], "Look"],
  brighter: ["Brighter", ["Shift+k"], "Look"],
  flatter: ["Less contrast", ["l"], "Look"],
  crisper: ["More contrast", ["Shift+l"], "Look"],
  plain: ["Reset brightness and contrast", ["0"], "Look"],
  help: ["Show the keys", ["?"], "Look"],
};

/** How browsers name the key of an event, with what is held beside it. */
export function keyOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // Shift is part of signs ("?"), but not of letters and named keys.
  const shift = event.shiftKey && (event.key.length > 1 || event.key.toLowerCase() !== event.key.toUpperCase());
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shift ? "Shift+" : ""}${key}`;
}

const SIGNS = {
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", " ": "Space", Delete: "Del",
  Backspace: "⌫", PageUp: "PgUp", PageDown: "PgDn",
};

/** A key as people read it. */
export function shown(key) {
  const parts = key === "+" ? ["+"] : key.replace(/\+\+$/, "+Plus").split("+");
  return parts.map((part) => SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join("+");
}

/** Which action a key means, for one person. */
export class Keymap {
  constructor({ actions, storage, name }) {
    Object.assign(this, { actions, storage, name });
    this.changed = {};
    try {
      this.changed = JSON.parse(storage.getItem(name) ?? "{}") ?? {};
    } catch {
      // Damaged: the keys as they come.
    }
  }

  keysOf(action) {
    const own = this.changed[action];
    return Array.isArray(own) ? own : this.actions[action][1];
  }

  /** As people read it; "" for none. */
  shown(action) {
    const [first] = this.keysOf(action);
    return first ? shown(first) : "";
  }

  actionOf(key) {
    return Object.keys(this.actions).find((action) => this.keysOf(action).includes(key)) ?? null;
  }

  /** Give an action this one key; whoever had it loses it. Digits belong to the classes. Says what is wrong,
   * or null. */
  rebind(action, key) {
    if (/^[1-9]$/.test(key)) return "Digits choose classes, and reasons in a review.";
    if (["Tab", "F5", "Control", "Shift", "Alt", "Meta", " "].includes(key)) return `${shown(key)} cannot be used.`;
    for (const other of Object.keys(this.actions)) {
      if (other !== action && this.keysOf(other).includes(key)) {
        this.changed[other] = this.keysOf(other).filter((one) => one !== key);
      }
    }
    this.changed[action] = [key];
    this.#keep();
    return null;
  }

  reset() {
    this.changed = {};
    this.#keep();
  }

  #keep() {
    try {
      this.storage.setItem(this.name, JSON.stringify(this.changed));
    } catch {
      // It holds until the page is left.
    }
  }
}
