/* A button with data-opens="ID" opens that dialog; one with data-closes closes the dialog it is in.
   One with data-filled opens when it has been filled with a form, at the field with autofocus, and closes when that form
   was taken. */

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
  root.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    const target = typeof ctx.target === "string" ? root.querySelector(ctx.target) : ctx.target;
    if (target?.matches("dialog[data-filled]")) return open(target);
    const dialog = ctx.sourceElement.closest("dialog[data-filled]");
    if (dialog && !dialog.contains(target) && ctx.response.status < 400) dialog.close();
  });
}

function open(dialog) {
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
}
