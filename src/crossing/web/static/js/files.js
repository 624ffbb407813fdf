/* A file field says what was chosen, and at once what is too large to be sent. */

export function nameFiles(root) {
  root.addEventListener("change", (event) => {
    const input = event.target.closest(".file input");
    if (!input) return;
    const said = input.parentElement.querySelector(".file__names");
    const files = [...input.files];
    const tooLarge = files.reduce((sum, file) => sum + file.size, 0) > Number(input.dataset.maxBytes);
    if (tooLarge) input.value = "";
    said.classList.toggle("file__names--bad", tooLarge);
    said.textContent = tooLarge ? said.dataset.tooLarge : files.map((file) => file.name).join(", ") || said.dataset.none;
  });
}
