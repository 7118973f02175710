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
  approveObject: ["Approve the object and go to the next", ["a"], "Object"],
  rejectObject: ["Mark the object as wrong: then a digit says why", ["r"], "Object"],
  comment: ["Comment on the object, or on the image", ["c"], "Object"],
  drop: ["Back to the whole image", ["Escape"], "Object"],
  undo: ["Undo what you said", ["z", "Ctrl+z"], "Object"],
  redo: ["Redo what you undid", ["y", "Shift+z", "Ctrl+y", "Ctrl+Shift+z"], "Object"],
  ...DECIDE,
  takeBack: ["Take back the last verdict", ["Ctrl+Backspace"], "Review"],
  pin: ["Pin a comment to a place", ["i"], "Review"],
  modelOutline: ["Compare with the model's outline", ["m"], "Look"],
  follow: ["Zoom in on each object, on or off", ["v"], "Look"],
  hideOthers: ["Hide the outlines while held", ["o"], "Look"],
  ...taken("previousFrame", "nextFrame", "play"),
  neighbours: ["Show or hide the neighbours' outlines", ["Shift+i"], "Frames"],
  ...taken("fit", "zoomIn", "zoomOut", "opacityDown", "opacityUp", "darker", "brighter", "flatter", "crisper", "plain"),
  nudgeLeft: ["Move the view", ["ArrowLeft"], "Look"],
  ...taken("nudgeRight", "nudgeUp", "nudgeDown", "help"),
};

/** The image is not handed in from here, and nothing comes from other frames: that is the annotator's work. */
const NOT_HERE = new Set(["submit", "takeBack", "carry", "carryAll"]);
export const FIX_ACTIONS = { ...taken(...Object.keys(ACTIONS).filter((name) => !NOT_HERE.has(name))), submit: ["", [], "Object"], ...DECIDE };

export const REVIEW_WORDS = "Click a key to change it, then press the new one. 1-9 say what is wrong with the object or the image. "
  + "Drag to move the view, use the wheel to zoom, click to choose an object.";
