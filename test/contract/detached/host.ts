/** A host of its own process, for the test that kills it: begins a call in the background, says its id, and waits to be killed. */
import { until } from "../../support/until.ts";
import { ask, background, type Language } from "./rig.ts";

const [language, folder] = process.argv.slice(2) as [Language, string];
const real = await background(language, folder);
const { callId } = (await ask(real, "boss", "start", { to: "worker/work" })) as { callId: string };
await until("it works", async () => (await real.host.calls.get(callId))?.progress);
console.log(callId);
setInterval(() => {}, 60_000);
