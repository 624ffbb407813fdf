/* What every page does: keys that press buttons, errors that take the focus, and live parts. */

import { followKeys } from "./keys.js";
import { followLive } from "./live.js";

followKeys(document);
followLive(document);

document.querySelector("[data-takes-focus]")?.focus();
