/* A button with data-opens="ID" opens that dialog; one with data-closes closes the dialog it is in. */

export function openDialogs(root) {
  root.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      const dialog = root.getElementById(opener.dataset.opens);
      dialog.showModal();
      dialog.querySelector("input:not([type=hidden]), textarea")?.focus();
    }
    event.target.closest("[data-closes]")?.closest("dialog").close();
  });
}
