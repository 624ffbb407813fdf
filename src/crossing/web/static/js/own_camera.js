/* This machine's own camera, where the lane has none of the post's: a moving preview, and a second of it as frames, of
   which the post keeps the best. The element #own-camera carries
   data-camera="off|asking|on|shooting|dark|denied|absent|taken|insecure"; the style sheet shows the sentence that goes
   with it, and screen readers are told the same. */

const BLACK = 12;
const FIRST_FRAME_WITHIN_MS = 4000;
const FRAME_WITHIN_MS = 1500;
const FRAMES = 5;
const BETWEEN_MS = 200;
const STATE_OF = { NotAllowedError: "denied", NotFoundError: "absent", NotReadableError: "taken", AbortError: "taken" };

/* Never in the page, so that no redrawing of the board stops it. */
const lens = document.createElement("video");
lens.muted = true;
lens.playsInline = true;
let starting = null;

export function offerOwnCamera(root) {
  if (!form()) return;
  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-camera-shot]")) press();
  });
  root.addEventListener("htmx:after:swap", attach);
  window.addEventListener("pagehide", stop);
  startWhereAllowed();
}

function form() {
  return document.getElementById("own-camera-form");
}

function place() {
  return document.getElementById("own-camera");
}

function say(state) {
  place().dataset.camera = state;
  const sentence = place().querySelector(`[data-said="${state}"]`)?.textContent;
  if (sentence) document.getElementById("announce").textContent = sentence;
  return state === "on";
}

/* Whoever allowed the camera before is not asked again. */
async function startWhereAllowed() {
  const permission = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
  if (permission?.state === "granted") await start();
}

async function press() {
  if (lens.srcObject && !starting) await shoot();
  else await start();
}

/* The key may be pressed while the camera is started already. */
function start() {
  starting ??= open().finally(() => (starting = null));
  return starting;
}

async function open() {
  if (!navigator.mediaDevices) return say("insecure");
  say("asking");
  try {
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    lens.srcObject = await navigator.mediaDevices.getUserMedia({ video: { ...size, facingMode: "user" }, audio: false });
    await lens.play();
  } catch (error) {
    stop();
    return say(STATE_OF[error.name] ?? "taken");
  }
  lens.srcObject.getVideoTracks()[0].addEventListener("ended", unplugged);
  attach();
  return say((await brightFrame(FIRST_FRAME_WITHIN_MS)) ? "on" : "dark");
}

function unplugged() {
  stop();
  say("absent");
}

function stop() {
  lens.srcObject?.getTracks().forEach((track) => track.stop());
  lens.srcObject = null;
}

/* The board that has just been drawn may have a preview of its own. */
function attach() {
  const preview = place()?.querySelector("video");
  if (!preview || !lens.srcObject) return;
  if (place().dataset.camera === "off") place().dataset.camera = "on";
  if (preview.srcObject === lens.srcObject) return;
  preview.srcObject = lens.srcObject;
  preview.play().catch(() => say("taken"));
}

/* A frame that does not come any more ends the series: one good frame is a photograph. */
async function shoot() {
  if (place().dataset.camera === "shooting") return;
  say("shooting");
  const files = new DataTransfer();
  const began = performance.now();
  for (let taken = 0; taken < FRAMES; taken++) {
    await until(began + taken * BETWEEN_MS);
    const frame = await brightFrame(taken ? BETWEEN_MS : FRAME_WITHIN_MS);
    if (!frame) break;
    const jpeg = await jpegOf(frame);
    if (jpeg) files.items.add(new File([jpeg], `live-${taken}.jpg`, { type: "image/jpeg" }));
    show(taken + 1);
  }
  show(0);
  if (!files.files.length) return say("dark");
  say("on");
  form().elements.frames.files = files.files;
  form().elements.direction.value = direction();
  form().requestSubmit();
}

function show(taken) {
  place().querySelector("progress").value = taken;
}

function until(moment) {
  return new Promise((done) => setTimeout(done, moment - performance.now()));
}

/* Null where the machine has no memory for it. */
function jpegOf(frame) {
  return new Promise((done) => frame.toBlob(done, "image/jpeg", 0.92));
}

/* As chosen in the bar, where nobody is at the desk yet. */
function direction() {
  return document.querySelector(".bar [name=direction]:is(:checked, [type=hidden])").value;
}

/* A canvas with a frame that is not black, as the first ones of many cameras are; null where none comes. */
async function brightFrame(withinMs) {
  const end = performance.now() + withinMs;
  do {
    const frame = draw(lens.videoWidth, lens.videoHeight);
    if (frame && isBright()) return frame;
    await nextFrame();
  } while (performance.now() < end && lens.srcObject);
  return null;
}

function draw(width, height) {
  if (!width || !height) return null;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").drawImage(lens, 0, 0, width, height);
  return canvas;
}

function isBright() {
  const { data } = draw(16, 16).getContext("2d").getImageData(0, 0, 16, 16);
  return data.some((value, at) => at % 4 < 3 && value > BLACK);
}

function nextFrame() {
  return new Promise((done) => {
    const timer = setTimeout(done, 100);
    lens.requestVideoFrameCallback?.(() => (clearTimeout(timer), done()));
  });
}
