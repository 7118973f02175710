// The project's classes as they are by now: what one has become, and what is chosen in its place.

/** Those that can be chosen, by their number from 1. */
export const offered = (classes) => classes.filter((label) => !label.retired);

/** A class as it shows by now: what it was merged into. */
export function shownAs(classes, id) {
  const own = classes.find((label) => label.id === id);
  return classes.find((label) => label.id === own?.becomes) ?? own ?? { id, name: "no class", color: "#9aa4b2" };
}

/** The class to draw with where this one was chosen: itself while it is in use, else what it was merged into, else
 * the first that is in use. Undefined only where there are no classes. */
export function inUse(classes, id) {
  const own = classes.find((label) => label.id === id);
  if (own && !own.retired) return own;
  const usable = offered(classes);
  return usable.find((label) => label.id === own?.becomes) ?? usable[0] ?? own ?? classes[0];
}

/** Let what is chosen on a desk, and what is drawn there and not saved, be of classes in use. Says what was changed,
 * or "". */
export function keepInUse(desk) {
  const { classes, drawing } = desk;
  let words = "";
  const instead = (id) => {
    const [own, next] = [classes.find((label) => label.id === id), inUse(classes, id)];
    if (!next || next.id === id) return id;
    const why = own?.becomes ? "was merged into another one" : "is not in use any more";
    if (own) words = `The class ${own.name} ${why}: ${next.name} is chosen now.`;
    return next.id;
  };
  desk.classId = instead(desk.classId);
  // A saved object keeps the class that it has, whatever has become of that.
  if (!drawing.base || desk.isReclassed) desk.drawing = { ...drawing, classId: instead(drawing.classId) };
  return words;
}
