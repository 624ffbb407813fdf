/* The lines of an MRZ in a text area: in capitals, counted, and sent by Enter once they are whole. A swipe reader that
   types like a keyboard ends each line with Enter, so its last one sends them. */

const WHOLE = ["44,44", "36,36", "30,30,30", "88", "72", "90"];

const area = document.querySelector("[data-mrz]");
const count = document.querySelector("[data-mrz-count]");
if (area) {
  area.addEventListener("input", () => {
    capitals();
    tell();
  });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !WHOLE.includes(lengths().join())) return;
    event.preventDefault();
    area.form.requestSubmit();
  });
  tell();
}

function lengths() {
  return area.value.split("\n").map((line) => line.replace(/\s/g, "").length).filter((length) => length > 0);
}

function capitals() {
  const upper = area.value.toUpperCase();
  if (upper === area.value) return;
  const { selectionStart, selectionEnd } = area;
  area.value = upper;
  area.setSelectionRange(selectionStart, selectionEnd);
}

function tell() {
  if (lengths().length > 0) count.textContent = `${count.dataset.words} \u2066${lengths().join(" · ")}\u2069`;
}
