/* The lane's camera as a moving picture. Where it can't be shown there is a sentence in its place, the server's own, and
   it is asked for again every few seconds. */

const AGAIN_MS = 3000;
let waiting;

document.addEventListener("error", (event) => event.target.id === "camera" && sayWhy(), true);
if (broken(document.getElementById("camera"))) sayWhy();

function broken(picture) {
  return picture?.complete && picture.naturalWidth === 0;
}

async function sayWhy() {
  const place = document.getElementById("live-picture");
  if (!place) return;
  place.dataset.picture = "off";
  const asked = new AbortController();
  const answer = await ask(asked.signal);
  const why = answer && !answer.ok ? await answer.json().catch(() => null) : null;
  asked.abort();
  place.querySelector("[data-said]").textContent = why?.title ?? "";
  clearTimeout(waiting);
  waiting = setTimeout(answer?.ok ? show : sayWhy, answer?.ok ? 0 : AGAIN_MS);
}

/* No answer at all: the post's service is away, which the page says by itself. */
function ask(signal) {
  const picture = document.getElementById("camera");
  return fetch(picture.src, { signal, headers: { accept: "application/problem+json" } }).catch(() => null);
}

function show() {
  const place = document.getElementById("live-picture");
  if (!place) return;
  const picture = place.querySelector("img");
  place.dataset.picture = "on";
  picture.src = picture.getAttribute("src");
}
