import type { Scope } from "../../base/dispose.ts";
import { asFailure } from "../../base/failure.ts";
import type { Calls } from "../calls/calls.ts";
import type { Secrets } from "../config/secrets.ts";
import { Contents, type ContentsOptions } from "../events/contents.ts";
import { RetainedRows } from "../events/retainedRows.ts";
import type { HostParts } from "../hostParts.ts";
import { CountedRows } from "../journal/countedRows.ts";
import { Journal, type JournalParts } from "../journal/journal.ts";
import { defaultKeep, JournalSweep } from "../journal/sweep.ts";
import type { StorePort } from "../ports.ts";
import type { Rulebook } from "../rules/rulebook.ts";
import { Edges } from "../trace/edges.ts";
import { KeptSpans } from "../trace/kept.ts";
import { Probe } from "../trace/probe.ts";
import { Traces } from "../trace/traces.ts";

export interface HostRecordParts {
  readonly parts: HostParts;
  readonly scope: Scope;
  readonly store: StorePort;
  readonly secrets: Secrets;
  readonly rules: Rulebook;
  /** What a plugin may see of an event. */
  readonly view: ContentsOptions["view"];
  readonly publish: JournalParts["publish"];
  /** The first folder's URI when the window began; empty where there is none. */
  readonly workspace: string;
  readonly writeFailed: (error: unknown) => void;
  readonly calls: () => Calls;
}

/** What is written down of what happens: the journal, spans and metrics, what events carry, and events that outlive the window. */
export function hostRecord(own: HostRecordParts) {
  const { parts, scope, store, secrets, rules, view, publish, workspace, writeFailed, calls } = own;
  const { clock, ids, logger, settings, alive } = parts;
  const { lease } = parts.about;
  const journal = scope.add(
    new Journal({
      ...{ store, rules, clock, publish },
      redact: (text) => secrets.redact(text),
      drafts: new CountedRows({ store, lease, alive, failed: writeFailed }),
      failed: (error) =>
        logger.log("warn", "The journal could not be written.", { error: asFailure(error, "The store").message }),
    }),
  );
  scope.add(
    new JournalSweep({
      store,
      clock,
      keep: () => settings.journalKeep?.() ?? defaultKeep,
      failed: (error) => logger.log("warn", "The journal could not be swept.", { error: String(error) }),
    }),
  );
  const edges = new Edges();
  const kept = scope.add(
    new KeptSpans({ store, clock, keepDays: () => settings.traceDays?.() ?? 7, failed: writeFailed }),
  );
  const traces = scope.add(
    new Traces({ clock, handOn: (spans, lost) => kept.take(spans, lost), wanted: () => kept.wanted }),
  );
  const probe = new Probe({ traces, edges, inProgressAt: (id, plugin) => calls().inProgressAt(id, plugin) });
  const contents = new Contents({
    nextId: () => ids.next("content"),
    view,
    now: () => clock.now(),
    store,
    failed: writeFailed,
  });
  const retained = scope.add(new RetainedRows({ store, clock, failed: writeFailed, alive, workspace, lease }));
  return { journal, edges, kept, traces, probe, contents, retained };
}
