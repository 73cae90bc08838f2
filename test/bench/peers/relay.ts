/** The limit: bytes from one process to another through a third that looks at nothing. */
import { join } from "node:path";
import { Rig, serve } from "../rig.ts";

const end = join(import.meta.dirname, "relayEnd.ts");
const caller = new Rig(end, ["caller"], { pipes: true });
const target = new Rig(end, ["target"], { pipes: true });
caller.output.on("data", (chunk) => target.input.write(chunk));
target.output.on("data", (chunk) => caller.input.write(chunk));
serve({ twoHop: (cell: never) => caller.ask("twoHop", cell) }, () => Promise.all([caller.stop(), target.stop()]));
