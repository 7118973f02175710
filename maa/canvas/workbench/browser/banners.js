// What stands over the picture when something is not as it should be.

import { button, make } from "./dom.js";

/** Of the task and the connection: [kind, words, label of the button, what it does]. */
export function troubles(desk, acts, stage) {
  const said = [];
  const unsaved = desk.objects.list.filter(({ state }) => state !== "saved").length;
  const alas = unsaved ? ` ${unsaved} object${unsaved === 1 ? "" : "s"} of this tab could not be saved.` : "";
  if (desk.lost) said.push(["error", `${desk.lost}${alas}`, "Go on with the next image", () => acts.leave()]);
  else if (desk.seat?.mine === false) {
    const since = desk.seat.since ? ` since ${new Date(desk.seat.since).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}` : "";
    said.push(["warning", `This image ${since ? `has been open in another tab${since}` : "is open in another tab"}, so it is read-only here.`, "Work here instead", () => acts.takeSeat()]);
  }
  const { stuck } = desk.objects.outbox;
  if (!desk.lost && (desk.offline || stuck?.kind === "network")) {
    said.push(["warning", desk.handing
      ? "The server does not answer. What you decided about this image is sent when the server is back."
      : "The server does not answer. Keep working: your work is kept in this browser and sent when the server is back."]);
  } else if (!desk.lost && stuck?.kind === "internal") {
    said.push(["warning", `The server cannot save right now. Your work is kept in this browser and will be sent again. The server says: ${stuck.message}`]);
  }
  if (stage?.tiles.failed) said.push(["error", "The image does not load. MAA keeps trying; if it still does not load, put the image aside."]);
  return said;
}

/** Show them; what stands there already is left alone. */
export function showBanners(element, said) {
  const text = JSON.stringify(said.map(([kind, words]) => [kind, words]));
  if (element.dataset.said === text) return;
  element.dataset.said = text;
  element.replaceChildren(...said.map(([kind, words, label, act]) =>
    make("div", { className: `banner ${kind}` }, make("span", {}, words), label ? button(label, { act }) : null)));
}
