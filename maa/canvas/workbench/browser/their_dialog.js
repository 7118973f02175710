// Streamlit puts a dialog over the page when it has lost its server, and the next click goes into that. The
// workbench says so itself, and work goes on.

const TITLE = "Connection error";

function close(node) {
  const dialog = node.matches?.(".stDialog") ? node : node.querySelector?.(".stDialog");
  if (dialog?.querySelector("h2")?.textContent === TITLE) dialog.querySelector("button")?.click();
}

/** Close it whenever it opens, until `signal`. */
export function closeConnectionErrors(signal) {
  const watch = new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach(close)));
  watch.observe(document.body, { childList: true, subtree: true });
  signal.addEventListener("abort", () => watch.disconnect());
}
