/** A host of its own process, for the test that kills it: begins a call in the background, says its id, and waits to be killed. With
 * `queued` it says the ids of two, of which the second waits for the first. */
import { until } from "../../support/until.ts";
import { ask, background, type Language } from "./rig.ts";

const [language, folder, queued] = process.argv.slice(2) as [Language, string, string | undefined];
const real = await background(language, folder);
const begin = async () =>
  ((await ask(real, "boss", "start", { to: queued ? "worker/solo" : "worker/work" })) as { callId: string }).callId;
const callId = await begin();
await until("it works", async () => (await real.host.calls.get(callId))?.progress);
const second = queued && (await begin());
if (second) await until("it is on disk", async () => await real.store.loadCall(second));
console.log([callId, second].filter(Boolean).join(" "));
setInterval(() => {}, 60_000);
