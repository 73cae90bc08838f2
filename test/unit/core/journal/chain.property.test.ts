import assert from "node:assert/strict";
import fc from "fast-check";
import type { JournalRow } from "../../../../src/core/journal/records.ts";
import { decide } from "../../../../src/core/rules/decide.ts";
import { anyCase, workspace } from "./chainCases.ts";
import { type Done, type Played, play } from "./chainPlay.ts";

/** The rules by which each principal may have done it: as the list was, or as the person's answers made it. */
function rulesFor({ before, after, allowed }: Played, one: Done): Map<string, Set<string>> {
  const { principals, name, conversation, verb, target, action } = one;
  const asked = verb === "call" ? `${name} ${target}` : name;
  const found = new Map<string, Set<string>>();
  for (const principal of principals) {
    const ids = new Set<string>();
    // In the background it may have been when some of the answers were rules, and others were not yet.
    for (let count = 0; count <= after.length; count++) {
      const list = [...before, ...after.slice(0, count)];
      const scope = { conversation, workspace };
      const own = decide(list, { principals: [principal], verb, target, action, scope }, Date.now());
      if (own.effect === "allow") ids.add(own.rule);
      if (own.effect === "ask" && allowed.has(asked)) {
        for (const rule of [...after.map(({ id }) => id), "person:once", "person:conversation"]) ids.add(rule);
      }
    }
    found.set(principal, ids);
  }
  return found;
}

/** The row of what was done; rows that count are found by what they count. */
function rowOf({ journal }: Played, one: Done, rules: Map<string, Set<string>>): JournalRow | undefined {
  const { callId, verb, principals, target, name } = one;
  const fits = ({ rule }: JournalRow) => rule !== undefined && [...rules.values()].some((ids) => ids.has(rule));
  const data = (row: JournalRow) => row.data as Record<string, unknown>;
  if (verb === "call") {
    const caller = principals.includes("person") && principals.length === 1 ? "person" : undefined;
    return (
      journal.find((row) => row.type === "call.ended" && row.callId === callId) ??
      journal.find(
        (row) =>
          row.type === "call.counted" &&
          data(row).target === target &&
          (caller ?? principals.at(-1)) === data(row).caller &&
          fits(row),
      )
    );
  }
  if (verb === "publish") return journal.find((row) => row.type === "topic.x" && row.data === Number(name));
  return journal.find(
    (row) =>
      row.type === "permission.decided" &&
      data(row).verb === verb &&
      data(row).target === target &&
      data(row).effect === "allow" &&
      JSON.stringify([...(data(row).principals as string[])].sort()) === JSON.stringify([...principals].sort()) &&
      fits(row),
  );
}

describe("whatever the rules and the chain", () => {
  it("nothing is carried out that is not allowed to each who must be asked, and each row names the rule", async () => {
    const kinds = new Map<string, number>();
    const count = (kind: string, more = 1) => kinds.set(kind, (kinds.get(kind) ?? 0) + more);
    await fc.assert(
      fc.asyncProperty(anyCase, async (one) => {
        const played = await play(one);
        count("a provider that does not start", played.failedStarts);
        for (const deed of played.done) {
          count(deed.verb);
          if (deed.target === "database") count("database");
          if (deed.how?.detach) count(`a detached ${deed.action}`);
          if (deed.how?.provided) count(`a provided ${deed.action}`);
          const rules = rulesFor(played, deed);
          for (const [principal, ids] of rules)
            assert.ok(ids.size > 0, `${principal} was not allowed to ${deed.verb} ${deed.target}`);
          const row = rowOf(played, deed, rules);
          assert.ok(row, `${deed.verb} ${deed.target} by ${deed.principals} has a row with the rule that allowed it`);
          const named = row.rules ?? { [deed.principals[0] ?? ""]: row.rule };
          for (const [principal, id] of Object.entries(named))
            assert.ok(rules.get(principal)?.has(String(id)), `${principal} ${deed.verb} ${deed.target} by ${id}`);
          assert.deepEqual(Object.keys(named).sort(), [...deed.principals].sort());
          const { text } = await played.host.journal.explain(row);
          assert.ok(!text.includes("unknown") && !text.includes("No right was needed"), text);
        }
        const counted = played.journal.flatMap(({ type, data }) =>
          type === "call.counted" && (data as { status: string }).status === "succeeded"
            ? [(data as { times: number }).times]
            : [],
        );
        const passing = played.done.filter(
          ({ verb, action, conversation, principals, callId }) =>
            verb === "call" &&
            action === "read" &&
            conversation === undefined &&
            principals[0]?.startsWith("plugin:") &&
            !played.journal.some((row) => row.type === "call.ended" && row.callId === callId),
        );
        assert.equal(
          counted.reduce((sum, times) => sum + times, 0),
          passing.length,
          "the counts are exact",
        );
      }),
      { numRuns: 200 },
    );
    const wanted = [
      ...["call", "publish", "subscribe", "intercept", "state", "database", "act", "spend", "message", "wake"],
      ...[
        "a detached read",
        "a detached write",
        "a provided read",
        "a provided write",
        "a provider that does not start",
      ],
    ];
    for (const kind of wanted) assert.ok((kinds.get(kind) ?? 0) > 0, `the cases came to ${kind}`);
  }).timeout(120_000);
});
