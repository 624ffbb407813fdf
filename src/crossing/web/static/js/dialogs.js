/* A button with data-opens="ID" opens that dialog; one with data-closes closes the dialog it is in.
   The form of one with data-filled is fetched by its button. The dialog is there at once, so that no key that is pressed
   meanwhile means something else behind it; it closes when its form was taken, or could not be fetched. */

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
    if (target?.matches("dialog[data-filled]")) return begin(target);
    const dialog = ctx.sourceElement.closest("dialog[data-filled]");
    if (dialog && !dialog.contains(target) && ctx.response.status < 400) dialog.close();
  });
  root.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement.dataset.opens) root.querySelector("dialog[data-filled][open]:empty")?.close();
  });
  root.addEventListener("close", ({ target }) => "filled" in target.dataset && target.replaceChildren(), true);
}

/* Where Escape was faster than the form, the form is not wanted any more. */
function begin(dialog) {
  if (dialog.open) dialog.querySelector("[autofocus]")?.focus();
  else dialog.replaceChildren();
}
