/* Nobody answers a question about pictures that are not there: the buttons with data-answers of a form with
   data-pictures="ID" wait until every picture of that element is loaded. Where one can't be, or takes too long, those
   with data-answers="unseen" may be pressed, and the picture is asked for again. */

const SLOW_MS = 8000;
const AGAIN_MS = 3000;
let slow;

export function awaitPictures(root) {
  for (const event of ["load", "error"]) {
    root.addEventListener(event, (one) => one.target.closest?.("[data-compared]") && look(one.target), true);
  }
  root.addEventListener("htmx:after:swap", () => lookAll(root));
  lookAll(root);
}

function lookAll(root) {
  clearTimeout(slow);
  const waiting = [...root.querySelectorAll("[data-pictures]")].filter((form) => !letAnswer(form));
  slow = setTimeout(() => waiting.forEach((form) => letAnswer(form, { late: true })), SLOW_MS);
}

function look(picture) {
  for (const form of document.querySelectorAll("[data-pictures]")) {
    if (picturesOf(form).includes(picture)) letAnswer(form);
  }
  if (isBroken(picture)) setTimeout(askAgain, AGAIN_MS, picture);
}

function askAgain(picture) {
  if (picture.isConnected && isBroken(picture)) picture.src = picture.getAttribute("src");
}

/* Whether every picture is there. A picture that failed stays so until it is there: asking again is no answer. */
function letAnswer(form, { late = false } = {}) {
  const pictures = picturesOf(form);
  const all = pictures.every(isThere);
  if (all) delete form.dataset.failed;
  else if (pictures.some(isBroken)) form.dataset.failed = "";
  const failed = "failed" in form.dataset;
  for (const button of form.querySelectorAll("[data-answers]")) {
    button.disabled = !(all || (button.dataset.answers === "unseen" && (failed || late)));
  }
  form.querySelector("[data-while=loading]").hidden = all || failed;
  form.querySelector("[data-while=failed]").hidden = all || !failed;
  return all;
}

function picturesOf(form) {
  return [...document.querySelectorAll(`#${form.dataset.pictures} img[data-compared]`)];
}

function isThere(picture) {
  return picture.complete && picture.naturalWidth > 0;
}

function isBroken(picture) {
  return picture.complete && picture.naturalWidth === 0;
}
