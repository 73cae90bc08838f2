/** The database behind its thread: a row of the journal, and a history of 10,000 conversations. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../src/base/logger.ts";
import { SqliteStore } from "../../src/node/store/sqliteStore.ts";
import { root } from "../tools/paths.ts";
import { medianOf, type Report, table } from "./samples.ts";

const conversations = 10_000;
const appends = 3_000;
const words = "apple river stone cloud lamp paper table green quiet north window garden copper silver yellow".split(
  " ",
);

export async function measureStore(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "parley-bench-store-"));
  const workerProgram = join(root, "src", "node", "storeWorker.ts");
  const store = new SqliteStore({ path: join(folder, "parley.db"), workerProgram, logger: silentLogger });
  try {
    await store.open();
    const handedOver: number[] = [];
    const committed: number[] = [];
    for (let seq = 1; seq <= appends; seq++) {
      const data = { callId: `call-${seq}`, caller: "plugin:a", target: "b/echo", status: "succeeded" };
      const row = { seq, timestamp: seq, type: "call.ended", source: "host", callId: data.callId, data };
      const begin = performance.now();
      const done = store.append([row]);
      handedOver.push(performance.now() - begin);
      await done;
      committed.push(performance.now() - begin);
    }
    await fill(store);
    const lists = await timed(20, () => store.listConversations({ limit: 100 }));
    const everything = await timed(5, () => store.listConversations({ limit: conversations }));
    const searches = await timed(40, (turn) => store.listConversations({ query: wordsOf(turn * 7, 2) }));
    const rows = [
      ["append one row: in the caller's way", milliseconds(handedOver)],
      ["append one row: until it is on disk", milliseconds(committed)],
      ["list the newest 100 of 10,000 conversations", milliseconds(lists)],
      ["list all 10,000", milliseconds(everything)],
      ["search them for two words", milliseconds(searches)],
    ].map(([name, figures]) => [name as string, ...(figures as string[])]);
    return {
      name: "store",
      text: ["## Store", table(["ms", "p50", "p99"], rows)].join("\n"),
      goals: [
        goal("append one journal entry, in the caller's way", handedOver, 0.99, 0.2),
        goal("append one journal entry, until it is on disk", committed, 0.99, 0.2),
        goal("history of 10,000 conversations lists", lists, 0.5, 50),
        goal("history of 10,000 conversations searches", searches, 0.5, 100),
      ],
      figures: { handedOver: summary(handedOver), committed: summary(committed), lists, everything, searches },
    };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(store: SqliteStore): Promise<void> {
  for (let index = 0; index < conversations; index++) {
    const id = `conversation-${index}`;
    const at = 1_700_000_000_000 + index;
    const content = wordsOf(index, 40);
    const saved = [
      store.saveConversation({ id, title: wordsOf(index, 4), createdAt: at, updatedAt: at, workspace: "" } as never),
      store.saveEntry({ kind: "message", id: `entry-${index}`, conversation: id, position: 1, content } as never),
    ];
    // A thread that is behind refuses; a person's history grew over years.
    if (index % 500 === 0) await Promise.all(saved);
    else for (const one of saved) one.catch(() => {});
  }
  const { length } = await store.listConversations({ limit: 2 * conversations });
  if (length !== conversations) throw new Error(`Only ${length} conversations were saved.`);
}

/** Words that differ from number to number and come again. */
function wordsOf(seed: number, count: number): string {
  return Array.from({ length: count }, (_, index) => words[(seed * 31 + index * (7 + (seed % 5))) % words.length]).join(
    " ",
  );
}

async function timed(times: number, run: (turn: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let turn = 0; turn < times; turn++) {
    const begin = performance.now();
    await run(turn);
    taken.push(performance.now() - begin);
  }
  return taken;
}

function at(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

const milliseconds = (values: readonly number[]) => [at(values, 0.5).toFixed(3), at(values, 0.99).toFixed(3)];
const summary = (values: readonly number[]) => ({ p50: medianOf(values), p99: at(values, 0.99), count: values.length });

function goal(what: string, values: readonly number[], part: number, mostMs: number) {
  const figure = at(values, part);
  const which = part === 0.5 ? "" : ` p${part * 100}`;
  return { goal: `${what} in ≤ ${mostMs} ms${which}`, met: figure <= mostMs, figures: `${figure.toFixed(3)} ms` };
}
