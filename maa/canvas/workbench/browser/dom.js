// Small helpers for building and changing what is beside the picture. Text from people only ever becomes text.

/** An element with properties, attributes (names with "-" or "role") and children. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key === "style") for (const [part, given] of Object.entries(value)) element.style.setProperty(part, given);
    else if (key.includes("-") || key === "role") element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Change text only where it differs: what is read out is not read out again. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element, shown) {
  element.hidden = !shown;
}

/** A button with its words and its key. */
export function button(text, { key = "", title = "", name, act, kind = "" } = {}) {
  return make("button", {
    type: "button", className: `button ${kind}`, title: [title, key && `(${key})`].filter(Boolean).join(" ") || text,
    "aria-keyshortcuts": key || null, data: name ? { name } : {}, on: { click: act },
  }, make("span", {}, text), key ? make("kbd", {}, key) : null);
}

/** Buttons that stay side by side when a toolbar goes on in a second row. */
export function group(...buttons) {
  return make("span", { className: "group" }, ...buttons);
}

/** A labelled slider; `act(value)` with each move. */
export function slider(text, { min, max, step, value, name, act, title = "" }) {
  const shown = make("output", {}, "");
  const input = make("input", {
    type: "range", min, max, step, title, "aria-label": text, data: { name },
    on: { input: () => act(Number(input.value)) },
  });
  input.value = value;
  const row = make("label", { className: "slider", title }, make("span", {}, text), shown, input);
  return {
    row, input,
    set(now, words) {
      if (Number(input.value) !== now && input.getRootNode().activeElement !== input) input.value = now;
      say(shown, words);
    },
  };
}
