/* A screen that nobody touches for half an hour signs its officer out. The server counts requests, and an open lane
   asks for news all day; only the page knows whether a person is there. */

const LONGEST_MS = 30 * 60 * 1000;
const SIGNS_OF_LIFE = ["keydown", "pointerdown", "pointermove"];

export function signOutWhenIdle(form) {
  if (!form) return;
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => form.requestSubmit(), LONGEST_MS);
  };
  for (const sign of SIGNS_OF_LIFE) document.addEventListener(sign, wait, { passive: true });
  wait();
}
