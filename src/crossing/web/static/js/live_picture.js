/* The lane's camera as a moving picture. Where it can't be shown there is a sentence in its place, the server's own, and
   it is asked for again every few seconds, and whenever there is news of the lane's devices. A browser tells nobody that
   a stream has ended: the server's last picture then is a single pixel. */

const AGAIN_MS = 3000;
const LOOK_MS = 500;
let waiting;
let news = newsOfDevices();

document.addEventListener("error", (event) => event.target.id === "camera" && show(false), true);
document.addEventListener("error", (event) => event.target.id === "camera" && lookAgain(), true);
document.addEventListener("htmx:after:swap", () => news !== (news = newsOfDevices()) && lookAgain());
setInterval(() => isOver(document.getElementById("camera")) && lookAgain(), LOOK_MS);
if (isBroken(document.getElementById("camera"))) lookAgain();

function newsOfDevices() {
  return document.getElementById("devices").dataset.said;
}

function isBroken(picture) {
  return picture?.complete && picture.naturalWidth === 0;
}

function isOver(picture) {
  return picture?.naturalWidth === 1 && document.getElementById("live-picture")?.dataset.picture === "on";
}

async function lookAgain() {
  clearTimeout(waiting);
  const picture = document.getElementById("camera");
  if (!picture) return;
  const why = await whatIsWrong(picture.src);
  if (!why) picture.src = picture.getAttribute("src");
  else waiting = setTimeout(lookAgain, AGAIN_MS);
  show(!why, why?.title);
}

/* Undefined where there are pictures. Without any answer the post's service is away, which the page says by itself. */
async function whatIsWrong(address) {
  const asked = new AbortController();
  try {
    const answer = await fetch(address, { signal: asked.signal, headers: { accept: "application/problem+json" } });
    return answer.ok ? undefined : await answer.json();
  } catch {
    return {};
  } finally {
    asked.abort();
  }
}

function show(there, why = "") {
  const place = document.getElementById("live-picture");
  if (!place) return;
  place.dataset.picture = there ? "on" : "off";
  place.querySelector("[data-said]").textContent = why;
}
