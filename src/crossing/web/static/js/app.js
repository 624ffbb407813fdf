/* What every page does: keys that press buttons, live parts, errors that take the focus, leaving when nobody is there. */

import { signOutWhenIdle } from "./idle.js";
import { followKeys } from "./keys.js";
import { followLive } from "./live.js";

followKeys(document);
followLive(document);
signOutWhenIdle(document.querySelector(".signed-in"));

document.querySelector("[data-takes-focus]")?.focus();
