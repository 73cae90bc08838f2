/**
 * A process of its own whose files may not grow beyond its shell's limit: runs turns in a whole host until one cannot be
 * written, goes on, and prints what a person sees as one line of JSON.
 */
import { putPackage, realHost } from "../../support/realHost.ts";
import { end, say, turn, use } from "./rig.ts";

const real = await realHost({
  packages: (folder) => void putPackage(folder, "good"),
  model: ({ messages }) => {
    const asked = messages.findLast(({ role }) => role === "user")?.content ?? "";
    const answered = messages.at(-1)?.role === "tool";
    return answered ? [say(`${asked} ${"x".repeat(60_000)}`), end] : [use("good_go", { asked }), end];
  },
});
const { host, store, said } = real;
let turns = 0;
let conversation = await host.conversations.visible();
while (said.length === 0 && turns < 60) {
  turns++;
  if (turns % 3 === 0) conversation = host.conversations.create();
  conversation = await turn(real, `turn ${turns}`);
}
const failed = conversation.items();
const after = await turn(real, "after");
const { result } = await host.calls.call({
  caller: "person",
  to: { plugin: "good" },
  name: "go",
  args: { by: "person" },
});
const listed = (await store.listConversations({})).length;
process.stdout.write(
  `${JSON.stringify({
    turns,
    said,
    notices: failed.flatMap((item) => (item.kind === "notice" ? [item] : [])),
    noticesAfter: after.items().filter(({ kind }) => kind === "notice").length,
    state: host.agent.state(after.id),
    result,
    listed,
  })}\n`,
);
await real.stop();
process.exit(0);
