// What this browser keeps: storage that never fails, and the name of this tab.

/** localStorage, or a stand-in where the browser forbids it. */
export function storageOf(window) {
  try {
    window.localStorage.getItem("maa");
    return window.localStorage;
  } catch {
    const kept = new Map();
    return { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name) };
  }
}

/** This tab's name: the same after a reload or a way through other pages, another in another tab. */
export async function tabOf(window) {
  if (window.maaTab) return window.maaTab;
  const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
  // A duplicated tab has a copy of the name: only one of the two can hold the lock of it.
  const mine = (name) => new Promise((resolve) => {
    if (!navigator.locks) return resolve(true); // no secure page: duplicates are taken for one tab
    navigator.locks.request(`maa.tab.${name}`, { ifAvailable: true }, (lock) => {
      resolve(Boolean(lock));
      return lock && new Promise(() => {}); // until the page is gone
    }).catch(() => resolve(true));
  });
  let name = null;
  try {
    name = window.sessionStorage.getItem("maa.tab");
  } catch {
    // Forbidden: a new name with each page.
  }
  // After a reload the page before may need a moment to let go.
  for (let i = 0; name && !(await mine(name)); i++) {
    if (i === 3) name = null;
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  if (!name) {
    name = fresh();
    await mine(name);
  }
  window.maaTab = name;
  try {
    window.sessionStorage.setItem("maa.tab", name);
  } catch {
    // As above.
  }
  return name;
}
