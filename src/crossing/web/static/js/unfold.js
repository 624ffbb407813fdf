/* What an officer unfolds at the lower edge of a panel is brought into sight: the panel scrolls, the page does not. */

export function showUnfolded(root) {
  root.addEventListener("click", (event) => {
    const details = event.target.closest(".panel summary")?.parentElement;
    // The click comes before the change, and a key on the summary is a click too.
    details?.addEventListener("toggle", () => details.open && details.scrollIntoView({ block: "nearest" }), { once: true });
  });
}
