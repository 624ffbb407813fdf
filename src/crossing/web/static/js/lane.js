/* The lane: after every step the focus goes to what comes next, a soft tone says that the answers are there (the same
   one whatever they say, so that nobody on the other side of the desk learns anything), and screen readers are told. */

import { openDialogs } from "./dialogs.js";
import { offerOwnCamera } from "./own_camera.js";
import { tone } from "./tone.js";
import { showUnfolded } from "./unfold.js";

openDialogs(document);
offerOwnCamera(document);
showUnfolded(document);

const TOLD = ".board__notices .notice--bad";
const TYPING = "input:not([type=hidden]):not([type=radio]), textarea, select";
let seen = state();
let devices = saidOfDevices();

let told = { session: undefined, notices: [] };

document.addEventListener("htmx:before:swap", replaceOutdated);
document.addEventListener("htmx:before:swap", leaveOpenDialogs);
document.addEventListener("htmx:before:swap", keepWhatWasTold);
document.addEventListener("htmx:after:swap", tellAgain);
document.addEventListener("htmx:after:swap", notice);
document.addEventListener("htmx:after:swap", closeWhatIsDone);
document.addEventListener("DOMContentLoaded", focusNext);
// A dialog that closes gives the focus back to its button, and that is seldom what comes next.
document.addEventListener("close", focusNext, true);
focusNext();

function state() {
  return { ...document.getElementById("board")?.dataset, next: next()?.dataset.key ?? next()?.id };
}

function next() {
  return document.querySelector("[data-next]:not(:disabled)");
}

function saidOfDevices() {
  return document.getElementById("devices").dataset.said;
}

function announce(text) {
  document.getElementById("announce").textContent = text;
}

function notice() {
  const now = state();
  if (devices !== (devices = saidOfDevices()) && devices) announce(devices);
  if (now.answered === "yes" && (seen.answered !== "yes" || seen.session !== now.session)) tone();
  if (now.announce && now.announce !== seen.announce) announce(now.announce);
  if (now.session !== seen.session || now.step !== seen.step) closeDialogs(seen.session && now.session !== seen.session);
  if (now.session !== seen.session || now.next !== seen.next || document.activeElement === document.body) focusNext();
  seen = now;
}

/* Answers may overtake each other on a busy machine: a board older than the one shown would take back what the
   officer has seen already. The answer to what the officer sent is told all the same, and the newest board follows. */
function replaceOutdated(event) {
  const { ctx } = event.detail;
  const [, session, version] = /data-session="([^"]+)" data-version="(\d+)"/.exec(ctx.text) ?? [];
  const shown = document.getElementById("board").dataset;
  if (session !== shown.session || Number(version) >= Number(shown.version)) return;
  if (ctx.sourceElement.id === "live") event.preventDefault();
  else document.addEventListener("htmx:after:swap", askAgain, { once: true });
}

function askAgain() {
  document.getElementById("live").dispatchEvent(new CustomEvent("changed"));
}

/* A board that comes by itself knows nothing of what is typed in an open dialog, or is wrong with it. */
function leaveOpenDialogs(event) {
  const byItself = event.detail.ctx.sourceElement.id === "live";
  for (const dialog of document.querySelectorAll("#board dialog")) {
    dialog.toggleAttribute("hx-morph-skip", byItself && dialog.open);
  }
}

/* What the officer was told of a step stays until the next one: a board that comes by itself, for an answer arrived
   meanwhile, knows nothing of it. Swaps may overlap, so it is taken before the board goes. */
function keepWhatWasTold(event) {
  const source = event.detail.ctx.sourceElement;
  const notices = [...document.querySelectorAll(TOLD)].map((one) => one.cloneNode(true));
  if (source.closest("#board, #vehicle")) told = { session: state().session, notices: [] };
  else if (source.id === "live" && notices.length) told = { session: state().session, notices };
}

function tellAgain(event) {
  if (event.detail.ctx.sourceElement.id !== "live" || told.session !== state().session) return;
  if (!document.querySelector(TOLD)) document.querySelector(".board__notices").prepend(...told.notices);
}

function focusNext() {
  if (document.querySelector("dialog[open]") || document.activeElement?.matches(TYPING)) return;
  next()?.focus({ preventScroll: true });
}

/* A dialog whose form the server did not take stays open, with what is wrong beside the field. */
function closeWhatIsDone(event) {
  const dialog = event.detail.ctx.sourceElement.closest("[data-closes-when-taken]")?.closest("dialog");
  const wrong = dialog?.querySelector(".govuk-form-group--error");
  if (wrong) wrong.querySelector("input, textarea").focus();
  else dialog?.close();
}

/* What was being decided about one traveller is never decided about the next. What is only noted (data-stays) stays open
   for as long as the traveller is the same: it is typed while the document is read and the checks arrive. */
function closeDialogs(another) {
  const over = another ? "dialog[open]" : "dialog[open]:not([data-stays])";
  document.querySelectorAll(over).forEach((dialog) => dialog.close());
}
