/** A real host with plugins that the test leads byte by byte: one that lies, and others about which it lies. */
import assert from "node:assert/strict";
import type { JournalRow } from "../../../src/core/journal/records.ts";
import { Puppet, unanswered } from "../../support/puppet.ts";
import type { RawMessage } from "../../support/rawEnd.ts";
import { metaOf } from "../../support/rawEnd.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const why = "The suite needs it.";
const may = (verb: string, target: string, action?: string) => ({ verb, target, ...(action ? { action } : {}), why });

/** What the one that lies may do: everything of the kind, but to the victim. */
const rights = [
  may("call", "target/*", "read"),
  may("publish", ">"),
  may("subscribe", "told.>"),
  may("message", "conversation/*"),
  may("wake", "conversation"),
  may("read", "conversation/*"),
  may("act", "*"),
];

const offers = ["go", "held"].map((name) => ({ name, description: "A test's.", action: "read", timeout: 20_000 }));

export interface Liars {
  readonly real: RealHost;
  /** Lies. */
  readonly spoofer: Puppet;
  /** Is lied about: it may call the target, the spoofer may not call it. */
  readonly victim: Puppet;
  /** Is called. `go` answers its arguments, `held` waits for the test. */
  readonly target: Puppet;
  stop(): Promise<void>;
}

export async function liars(): Promise<Liars> {
  const puppets = await Promise.all(["spoofer", "victim", "target"].map((name) => Puppet.make(name)));
  const [spoofer, victim, target] = puppets as [Puppet, Puppet, Puppet];
  const real = await realHost({
    packages: (folder) => {
      spoofer.pack(folder, { wants: rights, offers });
      victim.pack(folder, {
        offers,
        wants: [may("call", "*", "read"), may("state", "shared:team", "write"), may("subscribe", "told.>")],
      });
      target.pack(folder, { offers });
    },
    *model() {
      yield { type: "end", finish: "stop" };
    },
  });
  for (const puppet of puppets)
    puppet.answers.call = ({ name, args }) => (name === "held" ? unanswered : { by: puppet.name, args });
  await Promise.all(puppets.map((puppet) => puppet.start(real)));
  return {
    real,
    spoofer,
    victim,
    target,
    async stop() {
      await real.stop();
      for (const puppet of puppets) puppet.close();
    },
  };
}

/** The calls of an offer that came to a puppet, after the first so many. */
export function callsTo(puppet: Puppet, name: string, after = 0): RawMessage[] {
  return puppet
    .came("call")
    .filter(({ params }) => params?.name === name)
    .slice(after);
}

/** A call that waits at the target, made by another puppet. */
export async function heldAtTarget({ victim, target }: Liars, meta: Record<string, unknown> = {}) {
  const before = callsTo(target, "held").length;
  const id = `held-${before}`;
  victim.send({ jsonrpc: "2.0", id, method: "call", params: { to: { plugin: "target" }, name: "held", _meta: meta } });
  const asked = await until("the target is called", () => callsTo(target, "held", before)[0]);
  assert.equal(metaOf(asked).caller, "plugin:victim");
  return { id, asked, callId: metaOf(asked).callId as string };
}

/** The newest number in the journal, once what was only counted so far is written too. */
export async function lastSeq({ real }: Liars): Promise<number> {
  return (await real.host.journal.search({ limit: 1 }))[0]?.seq ?? 0;
}

export async function rowsSince({ real }: Liars, seq: number): Promise<JournalRow[]> {
  return (await real.store.readJournal({ limit: 200 })).filter((row) => row.seq > seq).reverse();
}

/** Everybody to whom the rows ascribe something: who published, called, asked or was refused. */
export function blamed(rows: readonly JournalRow[]): string[] {
  const names = rows.flatMap(({ source, data }) => {
    const { caller, pluginId, by } = (typeof data === "object" && data !== null ? data : {}) as Record<string, unknown>;
    const own = source === "host" ? [] : [source];
    return [...own, ...[caller, pluginId, by].filter((name): name is string => typeof name === "string")];
  });
  return [...new Set(names.map((name) => name.replace(/^plugin:/, "")))].sort();
}
