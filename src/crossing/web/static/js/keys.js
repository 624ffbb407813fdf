/* Any element with data-key="F8" is clicked by that key, one with data-key="Shift+F3" by that key with Shift; of radio
   buttons that share a key, the one not chosen. A digit is its key whatever the layout writes there: on a French
   keyboard that is & or é, on an Arabic one may be ١. Plain characters count only outside of text fields, and nothing behind
   an open dialog is pressed. Where a slip would be an answer (data-key-alone), the key must come alone: a reader that
   types what it reads sends many within moments, and a person does not. */

const TYPING = "input:not([type=radio]):not([type=checkbox]):not([type=hidden]), textarea, select";

const DIGIT = /^(?:Digit|Numpad)([1-9])$/;

const ALONE_MS = 100;
let lastKeyAt = -Infinity;
let waiting;

export function followKeys(root) {
  root.addEventListener("keydown", (event) => {
    const alone = event.timeStamp - lastKeyAt > ALONE_MS;
    lastKeyAt = event.timeStamp;
    clearTimeout(waiting);
    // A key held down must not press what comes next when the screen has changed under it.
    if (event.key === "Enter" && event.repeat && event.target.closest?.("button, a")) event.preventDefault();
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key.length === 1 && event.target.closest?.(TYPING)) return;
    const target = findTarget(root, nameOf(event)) ?? findTarget(root, digitOf(event));
    if (!target) return;
    event.preventDefault();
    if (event.repeat || target.disabled) return;
    if (!("keyAlone" in target.dataset)) press(target);
    else if (alone) waiting = setTimeout(press, ALONE_MS, target);
  });
}

function press(target) {
  if (!target.isConnected) return;
  target.focus();
  target.click();
}

/* Shift is a part of a function key's name; of a character it is a part already. */
function nameOf(event) {
  return event.shiftKey && /^F\d+$/.test(event.key) ? `Shift+${event.key}` : event.key;
}

/* Undefined with Shift, which writes something else on purpose, and of a number pad that moves the cursor. */
function digitOf(event) {
  return event.key.length === 1 && !event.shiftKey ? DIGIT.exec(event.code)?.[1] : undefined;
}

function findTarget(root, key) {
  if (key === undefined) return undefined;
  const scope = root.querySelector("dialog[open]") ?? root;
  return [...scope.querySelectorAll("[data-key]")].find(
    (element) => element.dataset.key === key && !element.checked && element.checkVisibility(),
  );
}
