// What of a desk outlives its page: what a draft keeps, and how that comes back.

import { keepInUse } from "./classes.js";
import { renumbered, reopened, stepsTo } from "./drawing.js";
import { Drafts } from "./drafts.js";

const LEFT = "What you had begun is back.";
const OVERTAKEN = "Somebody else has worked on this image since. Your unsaved changes are shown, but not saved. Open them in the list: Enter accepts, Esc drops.";

/** What would be lost with the page, or null. Objects are named as another page knows them. */
export function keptOf(desk) {
  const { drawing, isOpen } = desk;
  const ops = desk.objects.unsaved;
  const thread = desk.threads.kept;
  if (!isOpen && !ops.length && !thread) return null;
  const nameOf = (local) => {
    const id = local && desk.objects.idOf(local);
    return id ? `a${id}` : local;
  };
  const abroad = (drawn) => ({ ...drawn, base: nameOf(drawn.base) });
  return {
    drawing: isOpen ? abroad(drawing) : null, drawTool: desk.drawTool, classId: desk.classId, thread, others: desk.others,
    ops: ops.map((op) => ({ ...op, local: nameOf(op.local), drawing: op.drawing && abroad(op.drawing) })),
    seconds: isOpen ? desk.objectTime.seconds : 0,
    about: thread && !isOpen && desk.base ? desk.objects.idOf(desk.base.local) : null,
  };
}

/** Put the server's objects on a desk, and what a draft kept. `others`: how often others have written on the task. */
export function takeUp(desk, annotations, others, draft) {
  const overtaken = Drafts.isOvertaken(draft, others) ? OVERTAKEN : "";
  desk.others = others;
  if (draft?.drawing) {
    desk.drawing = { ...renumbered(draft.drawing), openedAt: 0 };
    desk.drawTool = desk.byHand ? "manual" : draft.drawTool ?? desk.drawTool;
    desk.tool = draft.drawing.tool === "manual" ? "manual" : "prompt";
    desk.classId = draft.classId ?? desk.classId;
    desk.objectTime.seconds = draft.seconds ?? 0;
  }
  if ((draft?.drawing || draft?.thread) && desk.seat?.mine !== false) desk.hint = LEFT;
  if (overtaken && (draft.drawing || draft.ops?.length)) desk.hint = overtaken;
  desk.objects.load(annotations, draft?.ops ?? [], overtaken);
  const about = !desk.isOpen && draft?.about && desk.objects.get(`a${draft.about}`);
  if (about?.outline) desk.drawing = { ...reopened(about), openedAt: 0 };
  if (desk.drawing.base && !desk.base) desk.drawing = { ...desk.drawing, base: null };
  const classes = keepInUse(desk);
  if (classes) desk.hint = [classes, desk.hint].filter(Boolean).join(" ");
  if (!desk.isOpen) return;
  for (const [before, after] of stepsTo(desk.drawing, desk.base)) {
    desk.history.push({ undo: () => desk.set(before), redo: () => desk.set(after) });
  }
}
