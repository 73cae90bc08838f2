/** Is asked at points of the agent and answers as it is told; with a point as its argument it is there from the start. */
import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();
const seen: unknown[] = [];
let registration: { dispose(): void; ready: Promise<unknown> } | undefined;
type Does = {
  point: string;
  phase?: "before" | "after";
  onFailure?: string;
  fault?: string;
  add?: string[];
  answer?: object;
};

function at({ point, phase = "before", onFailure, fault, add, answer }: Does): void {
  const spec = { point, phase, ...(onFailure && { onFailure }) } as never;
  registration = plugin.intercept(spec, async ({ subject }) => {
    seen.push({ point, phase, subject });
    if (fault === "die") process.kill(process.pid, "SIGKILL");
    if (fault === "hang") await new Promise(() => {});
    const [field, text] = add ?? [];
    const more =
      field === undefined ? {} : { updated: { [field]: `${(subject as Record<string, unknown>)[field]}${text}` } };
    return { decision: "allow", ...answer, ...more } as never;
  });
}

plugin.offer("seen", () => seen);
plugin.offer("at", async (args: Does) => {
  at(args);
  await registration?.ready;
});
plugin.offer("leave", () => registration?.dispose());
if (process.argv[2]) at({ point: process.argv[2] });

await plugin.start();
