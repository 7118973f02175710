// What a reviewer has said so far: marks on objects, pins, and what is wrong with the image. Pure;
// each change gives a new value, so that undo can keep the old one.
//
// `marks` has a verdict an object, by local name: {verdict, reason, comment}.

export const APPROVED = "approve";
export const SENT_BACK = "send_back";

export const NOTHING = { marks: {}, pins: [], reason: "", comment: "" };

export const isNothing = (said) =>
  !Object.keys(said.marks).length && !said.pins.length && !said.reason && !said.comment;

/** With another mark on an object; null takes it away. */
export function withMark(said, local, mark) {
  const { [local]: before, ...marks } = said.marks;
  return { ...said, marks: mark ? { ...marks, [local]: mark } : marks };
}

export const withPin = (said, pin) => ({ ...said, pins: [...said.pins, pin] });
export const withoutPin = (said, key) => ({ ...said, pins: said.pins.filter((pin) => pin.key !== key) });
export const withPinChanged = (said, key, change) =>
  ({ ...said, pins: said.pins.map((pin) => (pin.key === key ? { ...pin, ...change } : pin)) });

/** The numbers in the list (from 1) of the objects that are rejected. */
export function rejected(said, objects) {
  return objects.flatMap((object, i) => (said.marks[object.local]?.verdict === SENT_BACK ? [i + 1] : []));
}

/** The first object after `local` (all round) that has no mark yet, or null. */
export function nextUnmarked(said, objects, local) {
  const at = objects.findIndex((object) => object.local === local);
  const round = [...objects.slice(at + 1), ...objects.slice(0, at + 1)];
  return round.find((object) => !said.marks[object.local])?.local ?? null;
}

export function needsReason(said, objects) {
  return !said.reason && !objects.some(({ local }) => said.marks[local]?.verdict === SENT_BACK && said.marks[local].reason);
}

/** Why this verdict cannot be given, or "". */
export function refusal(verdict, said, objects) {
  if (verdict === SENT_BACK) {
    return needsReason(said, objects) ? "Say why it goes back: a reason for the image (1-9), or for one of its objects." : "";
  }
  const [first] = rejected(said, objects);
  if (first) return `Object ${first} is marked to be sent back: send the image back, or approve the object.`;
  if (said.pins.length) return "A comment is pinned to the image, and the annotator never sees it if you approve: send the image back, or remove the pin.";
  if (said.reason) return `You said “${said.reason}”: send the image back, or remove the reason.`;
  return "";
}

/** The body of the call that decides. `idOf(local)` is the server's number of an object. */
export function toSend(verdict, said, objects, idOf) {
  const marked = objects.filter(({ local }) => said.marks[local] && idOf(local));
  return {
    verdict, reason: said.reason, comment: said.comment.trim(),
    objects: Object.fromEntries(marked.map(({ local }) => {
      const { reason = "", comment = "", verdict: own } = said.marks[local];
      return [idOf(local), { verdict: own, reason, comment: comment.trim() }];
    })),
    pins: said.pins.filter((pin) => pin.comment.trim()).map(({ x, y, comment, local }) => {
      const there = objects.some((object) => object.local === local);
      return { x, y, comment: comment.trim(), annotation: there ? idOf(local) : null };
    }),
  };
}

/** As a draft keeps it: objects by the name that they have after a reload. */
export function toKeep(said, idOf) {
  const name = (local) => (idOf(local) ? `a${idOf(local)}` : local);
  return {
    ...said, marks: Object.fromEntries(Object.entries(said.marks).map(([local, mark]) => [name(local), mark])),
    pins: said.pins.map((pin) => ({ ...pin, local: pin.local && name(pin.local) })),
  };
}

/** What a draft kept, as far as it is about objects that are still there. */
export function restored(kept, objects) {
  if (!kept) return NOTHING;
  const there = new Set(objects.map((object) => object.local));
  const said = { ...NOTHING, ...kept };
  return { ...said, marks: Object.fromEntries(Object.entries(said.marks).filter(([local]) => there.has(local))) };
}

/** What was said with a verdict, to go on from: the rows of one decision. */
export function saidWith(reviews) {
  const said = { ...NOTHING, marks: {}, pins: [] };
  reviews.forEach(({ verdict, reason, comment, annotation, pin }, i) => {
    const local = annotation === null ? null : `a${annotation}`;
    if (pin) said.pins.push({ key: `back${i}`, x: pin[0], y: pin[1], comment, local });
    else if (local) said.marks[local] = { verdict, reason, comment };
    else Object.assign(said, { reason, comment });
  });
  return said;
}

/** Earlier verdicts, newest first: each with what it said of objects and of places. */
export function rounds(reviews) {
  const found = new Map();
  for (const review of reviews) {
    const name = `${review.when} ${review.who}`;
    if (!found.has(name)) found.set(name, { ...review, reason: "", comment: "", objects: [], pins: [] });
    const round = found.get(name);
    if (review.pin) round.pins.push({ x: review.pin[0], y: review.pin[1], comment: review.comment, annotation: review.annotation });
    else if (review.annotation === null) Object.assign(round, { reason: review.reason, comment: review.comment });
    else if (review.verdict === SENT_BACK) round.objects.push(review);
  }
  return [...found.values()].reverse();
}

/** Reason and comment as one text. */
export const because = ({ reason, comment }) => [reason, comment].filter(Boolean).join(": ");

/** What a reviewer did to an object; empty where none did anything. */
export function reviewerSaid({ correction, revision, author }) {
  return correction ? `${revision === 1 ? "added" : "corrected"} by ${author}` : "";
}
