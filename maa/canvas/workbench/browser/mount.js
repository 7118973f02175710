// A workbench's life in the page: begun, told news, begun anew, taken down.

const mounted = new WeakMap();
/** What ends the watch over the height of each root. */
const filled = new WeakMap();

/** Show (or go on showing) the task that `data` names. Streamlit calls this with every change of its data. */
export function mountBench({ data, parentElement, setTriggerValue }, base, Bench) {
  const send = (word) => setTriggerValue("done", { task: data.task, ...word });
  const root = parentElement.querySelector(".workbench");
  let known = mounted.get(root);
  // What was handed out again after it had left the desk, or was lost, begins anew.
  if (known && (known.info.task !== data.task || known.desk.handed || known.desk.lost)) {
    known.dispose();
    known = null;
  }
  if (known) {
    known.server.pass = data.pass;
    known.word.send = send;
    known.word.heard(data.heard);
    const { waiting, model_problem, pass, last, settings } = data;
    known.desk.takes = new Set(settings?.takes);
    known.learn({ waiting, model_problem, pass, last });
  } else {
    delete root.dataset.ready;
    known = new Bench({ root, info: data, base, send });
    mounted.set(root, known);
    window.maaWorkbench = known; // for benchmarks and tests, and for whoever looks into a problem
  }
  fill(root, data.below ?? 12);
  return () => {
    // Data that overtakes other data takes down what is still there; only what has left the page is over.
    setTimeout(() => {
      if (root.isConnected) return;
      mounted.get(root)?.dispose();
      mounted.delete(root);
      filled.get(root)?.abort();
      filled.delete(root);
    }, 0);
  };
}

/** The workbench is as high as the window has room below it. */
function fill(root, below) {
  const set = () => {
    if (!root.isConnected) return;
    const top = root.getBoundingClientRect().top + (root.closest(".stMain")?.scrollTop ?? 0);
    root.style.height = `${Math.max(420, Math.floor(window.innerHeight - Math.max(0, top) - below))}px`;
  };
  set();
  if (filled.has(root)) return;
  // The window outlives the page: what it holds on to stays in memory, the whole workbench with it.
  const end = new AbortController();
  const watch = new ResizeObserver(set);
  watch.observe(document.body);
  end.signal.addEventListener("abort", () => watch.disconnect());
  window.addEventListener("resize", set, { signal: end.signal });
  filled.set(root, end);
  for (let i = 1; i < 20; i++) setTimeout(set, i * 100); // what is above the workbench still finds its place
}
