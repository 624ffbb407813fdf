/* Server-sent events: an element with data-live="URL" hears "changed" whenever the server says that something did,
   and asks for its part of the page again (hx-trigger="changed"). The browser reconnects by itself; while it can't,
   the page says so. */

export function followLive(root) {
  for (const element of root.querySelectorAll("[data-live]")) {
    const source = new EventSource(element.dataset.live);
    source.addEventListener("changed", () => element.dispatchEvent(new CustomEvent("changed")));
    source.addEventListener("open", () => showConnection(true));
    source.addEventListener("error", () => showConnection(false));
    window.addEventListener("pagehide", () => source.close());
  }
}

function showConnection(alive) {
  document.querySelector("[data-connection-lost]")?.toggleAttribute("hidden", alive);
}
