/** Every way in which a call between plugins fails, told apart by its kind, its reason and its words, in both languages. */
import assert from "node:assert/strict";
import type { InstalledPlugin } from "../../../src/core/plugins/installed.ts";
import { type CallReasonName, callReasons } from "../../../src/protocol/callReasons.ts";
import type { RealHostOptions } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { type Actors, actors, pairs, putActor, putGuard, type Told } from "./rig.ts";

type Refusal = NonNullable<Told["error"]>;

interface Case {
  readonly reason: CallReasonName;
  /** Part of what is said. */
  readonly says: RegExp;
  readonly details?: Record<string, unknown>;
  run(actors: Actors): Promise<Refusal>;
}

const cases: readonly Case[] = [
  {
    reason: "noSuchPlugin",
    says: /There is no plugin "aksed"\. Did you mean asked\?/,
    details: { near: ["asked"] },
    run: ({ refused }) => refused("aksed/echo"),
  },
  {
    reason: "noSuchOffer",
    says: /The plugin "asked" has no offer "ecko"\. Did you mean echo\?/,
    details: { near: ["echo"] },
    run: ({ refused }) => refused("asked/ecko"),
  },
  {
    reason: "noSuchCapability",
    says: /No plugin provides "x\.nohting"\. Did you mean x\.nothing\?/,
    run: ({ refused }) => refused({ provides: "x.nohting" }),
  },
  {
    reason: "otherAction",
    says: /asked\/echo is a "read" offer, not "write"/,
    run: ({ refused }) => refused("asked/echo", { action: "write" }),
  },
  {
    reason: "badArguments",
    says: /The arguments of asked\/strict do not fit: .*n/,
    run: ({ refused }) => refused("asked/strict", { args: { n: "one" } }),
  },
  {
    reason: "badAnswer",
    says: /asked\/odd answered with something that does not fit its own output schema/,
    run: ({ refused }) => refused("asked/odd"),
  },
  {
    reason: "refusedByRule",
    says: /plugin:asking may not call asked\/fail \(read\): refused by the rule "rule-/,
    async run({ real, refused }) {
      await real.host.rules.addPersonRule({ who: "plugin:asking", verb: "call", target: "asked/f*", effect: "deny" });
      return await refused("asked/fail");
    },
  },
  {
    reason: "refusedByPerson",
    says: /The person refused asked\/echo: Not now\./,
    async run({ real, refused }) {
      await real.host.rules.addPersonRule({ who: "plugin:asking", verb: "call", target: "asked/echo", effect: "ask" });
      const refusal = refused("asked/echo");
      const conversation = await real.host.conversations.visible();
      await until("it is asked", () => real.host.approvals.waitsIn(conversation.id));
      const [card] = conversation.items().filter(({ kind }) => kind === "approval");
      assert.ok(card);
      await real.host.approvals.answer(card.id, "deny", "Not now.");
      return await refusal;
    },
  },
  {
    reason: "notAccepted",
    says: /asked\/secret does not accept calls of plugin:asking: its manifest accepts plugin:friend/,
    details: { rule: "accepts:asked", accepts: ["plugin:friend"] },
    run: ({ refused }) => refused("asked/secret"),
  },
  {
    reason: "blocked",
    says: /asked\/echo was blocked by guard: Not on my watch\./,
    details: { by: "guard" },
    run: ({ refused }) => refused("asked/echo"),
  },
  {
    reason: "exited",
    says: /Plugin "asked" exited with code 3/,
    details: { exitCode: 3 },
    run: ({ refused }) => refused("asked/end", { args: { code: 3 } }),
  },
  {
    reason: "timedOut",
    says: /asked\/slow did not answer within 0\.3 s/,
    details: { limitMs: 300 },
    run: ({ refused }) => refused("asked/slow"),
  },
  {
    reason: "cycle",
    says: /The calls go in a circle: asking\/ask → asked\/bounce → asking\/ask/,
    details: { path: ["asking/ask", "asked/bounce", "asking/ask"] },
    run: ({ ask }) => inner(ask("asked/bounce", { args: { to: "asking/ask", args: { to: "asked/echo" } } })),
  },
  {
    reason: "tooDeep",
    says: /The chain of calls is deeper than 2: asking\/ask → asked\/bounce → asking\/echo/,
    run: ({ ask }) => inner(ask("asked/bounce", { args: { to: "asking/echo" } })),
  },
  {
    reason: "queueFull",
    says: /8 calls of plugin:asking already wait for asked/,
    details: { retryAfterMs: 1_000, limit: 8 },
    async run({ ask, real }) {
      // Of 8 places at asked 4 are for calls, and as many as there are places may wait.
      const asked = ask("asked/wait", { times: 13 });
      await until("twelve are there", () => real.host.calls.loads().get("asked") === 12);
      for (const { id, plugin } of real.host.calls.active()) {
        if (plugin === "asked") real.host.calls.cancel(id, "The test has seen enough.");
      }
      const refused = (await asked).all?.filter(({ error }) => error?.kind !== "cancelled") ?? [];
      assert.equal(refused.length, 1);
      return refused[0]?.error as Refusal;
    },
  },
  {
    reason: "tooOften",
    says: /plugin:asking may call asked\/echo 1 times a minute \(rule "rule-/,
    async run({ real, ask, refused }) {
      const rule = { who: "plugin:asking", verb: "call", target: "asked/echo", effect: "allow" } as const;
      await real.host.rules.addPersonRule({ ...rule, rate: { perMinute: 1, burst: 1 } });
      assert.deepEqual((await ask("asked/echo")).result, {});
      return await refused("asked/echo");
    },
  },
  {
    reason: "tooLarge",
    says: /./,
    run: ({ refused }) => refused("asked/big", { args: { bytes: 17 * 1024 * 1024 } }),
  },
  {
    reason: "cancelled",
    says: /cancelled/,
    run: ({ refused }) => refused("asked/wait", { leave: true }),
  },
  {
    reason: "fault",
    says: /asked|fail|receiver/i,
    async run({ refused }) {
      const refusal = await refused("asked/fail", { args: { message: "a private detail" } });
      assert.doesNotMatch(JSON.stringify(refusal), /private/);
      return refusal;
    },
  },
];
const ineligible: readonly (Omit<Case, "run"> & { readonly find: (asked: InstalledPlugin) => InstalledPlugin })[] = [
  {
    reason: "untrusted",
    says: /asked comes with this workspace, which is not trusted/,
    find: (asked) => ({ ...asked, source: "workspace" }),
  },
  {
    reason: "needsConsent",
    says: /asked has not been let in yet/,
    find: (asked) => ({ ...asked, source: "user" }),
  },
  {
    reason: "broken",
    says: /Plugin "asked" cannot be used: plugin\.json: "x" is wrong/,
    find: (asked) => ({ ...asked, problem: 'plugin.json: "x" is wrong' }),
  },
  {
    reason: "nothingToRun",
    says: /Plugin "asked" has nothing for Parley to run/,
    find: (asked) => ({ ...asked, parley: undefined }),
  },
  {
    reason: "needsConfiguration",
    says: /asked .*key/,
    find: (asked) => ({ ...asked, parley: asked.parley && { ...asked.parley, config: needsKey } }),
  },
];
const needsKey = { type: "object", properties: { key: { type: "string" } }, required: ["key"] };

const states: readonly Case[] = [
  {
    reason: "disabled",
    says: /Plugin "asked" is disabled/,
    run({ real, refused }) {
      real.host.supervisor.setDisabled("asked", true);
      return refused("asked/echo");
    },
  },
  {
    reason: "stopped",
    says: /Plugin "asked" was stopped by you/,
    async run({ real, refused }) {
      await real.host.supervisor.stop("asked");
      return await refused("asked/echo");
    },
  },
  {
    reason: "failed",
    says: /Plugin "asked" does not run\. .*exited with code 78/,
    async run({ real, ask, refused }) {
      await ask("asked/end", { args: { code: 78 } });
      await until("it has failed", () => real.host.supervisor.view("asked")?.process === "failed");
      return await refused("asked/echo");
    },
  },
];

for (const pair of pairs) {
  describe(`a call from ${pair[0]} to ${pair[1]} that fails says why`, function () {
    this.timeout(60_000);
    let running: Actors | undefined;
    afterEach(async () => {
      await running?.real.stop();
      running = undefined;
    });
    const start = async (options: RealHostOptions = {}, guarded = false) => {
      const packages = (folder: string) => {
        const provides = {
          name: "provide",
          description: "Provides.",
          action: "read",
          facets: { provides: "x.nothing" },
        };
        putActor(folder, "asked", pair[1], {
          offers: [provides],
          accepts: [{ who: "plugin:friend", offers: ["secret"] }],
        });
        if (guarded) putGuard(folder, pair[0]);
      };
      running = await actors(pair, { packages, ...options });
      return running;
    };
    const check = ({ reason, says, details = {} }: Omit<Case, "run">, refusal: Refusal) => {
      const { kind, byKind }: { kind: string; byKind?: true } = callReasons[reason];
      assert.equal(refusal.kind, kind, refusal.message);
      assert.match(refusal.message, says);
      if (!byKind) assert.equal(refusal.details?.reason, reason);
      for (const [name, value] of Object.entries(details)) assert.deepEqual(refusal.details?.[name], value, name);
      if (kind === "overloaded") assert.equal(typeof refusal.details?.retryAfterMs, "number");
      if (!byKind) assert.ok(refusal.todo, `it says what to do: ${JSON.stringify(refusal)}`);
    };

    for (const one of cases) {
      it(one.reason, async () => {
        const limits = one.reason === "tooDeep" ? { callDepth: 2 } : {};
        const plugins = one.reason === "queueFull" ? { asked: { outstandingRequests: 8 } } : {};
        const options = { settings: { limits: () => ({ ...limits, plugins }) } };
        check(one, await one.run(await start(options, one.reason === "blocked")));
      });
    }
    for (const one of states) it(one.reason, async () => check(one, await one.run(await start())));
    for (const { find, ...one } of ineligible) {
      it(one.reason, async () => {
        const { real, refused } = await start();
        await real.host.setInstalled(real.found.map((plugin) => (plugin.name === "asked" ? find(plugin) : plugin)));
        check(one, await refused("asked/echo"));
      });
    }
  });
}

/** What became of the call inside a call. */
async function inner(told: Promise<Told>): Promise<Refusal> {
  const { error } = ((await told).result ?? {}) as Told;
  assert.ok(error, "the inner call was answered");
  return error;
}
