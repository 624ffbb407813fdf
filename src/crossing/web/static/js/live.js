/* Server-sent events: an element with data-live="URL" hears "changed" whenever the server says that something did,
   and asks for its part of the page again (hx-trigger="changed"). Events of another name are heard by the elements
   that say so with data-hears="NAME". The browser reconnects by itself; while it can't, the page says so. */

export function followLive(root) {
  for (const element of root.querySelectorAll("[data-live]")) {
    const source = new EventSource(element.dataset.live);
    source.addEventListener("changed", () => element.dispatchEvent(new CustomEvent("changed")));
    for (const name of heard(root)) source.addEventListener(name, () => tell(root, name));
    source.addEventListener("open", () => showConnection(true));
    source.addEventListener("error", () => showConnection(false));
    window.addEventListener("pagehide", () => source.close());
  }
}

function heard(root) {
  return new Set([...root.querySelectorAll("[data-hears]")].map((element) => element.dataset.hears));
}

function tell(root, name) {
  for (const element of root.querySelectorAll(`[data-hears="${name}"]`)) element.dispatchEvent(new CustomEvent(name));
}

function showConnection(alive) {
  document.querySelector("[data-connection-lost]")?.toggleAttribute("hidden", alive);
}
