// The actions of a reviewer and their keys: looking and judging, or, while fixing, drawing as annotators do.

import { ACTIONS } from "./keys.js";

const DECIDE = {
  fix: ["Fix it yourself, on or off", ["Shift+f"], "Review"],
  approve: ["Approve the image", ["Shift+Enter"], "Review"],
  sendBack: ["Send the image back", ["Shift+Backspace"], "Review"],
};

const taken = (...names) => Object.fromEntries(names.map((name) => [name, ACTIONS[name]]));

export const REVIEW_ACTIONS = {
  ...taken("next", "previous"),
  approveObject: ["Approve the object, go on with the next", ["a"], "Object"],
  rejectObject: ["Reject the object: then a digit says why", ["r"], "Object"],
  comment: ["Comment on the object, or on the image", ["c"], "Object"],
  drop: ["Back to the whole image", ["Escape"], "Object"],
  undo: ["Undo what you said", ["z", "Ctrl+z"], "Object"],
  redo: ["Say it again", ["y", "Shift+z", "Ctrl+y", "Ctrl+Shift+z"], "Object"],
  ...DECIDE,
  takeBack: ["Take the verdict before back", ["Ctrl+Backspace"], "Review"],
  pin: ["Pin a comment to a place", ["i"], "Review"],
  modelOutline: ["Compare with the model's outline", ["m"], "Look"],
  follow: ["Close up of each object, on or off", ["v"], "Look"],
  hideOthers: ["Hide the outlines while held", ["o"], "Look"],
  ...taken("previousFrame", "nextFrame", "play"),
  neighbours: ["The neighbours' outlines on or off", ["Shift+i"], "Frames"],
  ...taken("fit", "zoomIn", "zoomOut", "opacityDown", "opacityUp", "darker", "brighter", "flatter", "crisper", "plain"),
  nudgeLeft: ["Move the view", ["ArrowLeft"], "Look"],
  ...taken("nudgeRight", "nudgeUp", "nudgeDown", "help"),
};

/** The image is not handed in from here, and nothing comes from other frames: that is the annotator's work. */
const NOT_HERE = new Set(["submit", "takeBack", "carry", "carryAll"]);
export const FIX_ACTIONS = { ...taken(...Object.keys(ACTIONS).filter((name) => !NOT_HERE.has(name))), submit: ["", [], "Object"], ...DECIDE };

export const REVIEW_WORDS = "Click a key to change it, then press the new one. 1-9 say what is wrong with the object, or with the image; "
  + "drag to move the view, the wheel zooms; a click chooses the object under it.";
