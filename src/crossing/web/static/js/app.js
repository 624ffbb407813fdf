/* What every page does: keys that press buttons, live parts, errors that take the focus, pictures to compare, leaving when nobody is there. */

import { signOutWhenIdle } from "./idle.js";
import { nameFiles } from "./files.js";
import { followKeys } from "./keys.js";
import { followLive } from "./live.js";
import { awaitPictures } from "./pictures.js";

followKeys(document);
nameFiles(document);
followLive(document);
awaitPictures(document);
signOutWhenIdle(document.querySelector(".signed-in"));

document.querySelector("[data-takes-focus]")?.focus();
