import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import { Emitter } from "../../base/emitter.ts";
import { isJsonObject } from "../../base/json.ts";
import { printable } from "../../base/printable.ts";
import type { ActivityEntry } from "../../protocol/webview.ts";
import type { StorePort } from "../ports.ts";
import { activityOf } from "./activity.ts";
import type { CountedRow, CountedRows } from "./countedRows.ts";
import { EventFlood } from "./eventFlood.ts";
import type { JournalRow } from "./records.ts";

/** Lines that a new panel is given, and lines of log that are kept of each plugin. */
const shownEntries = 500;
const logLines = 5_000;

/** Words under which a plugin's log has what the plugin did not say on `self.log`. */
const notItsWords: ReadonlySet<string> = new Set(["life", "stderr", "stray"]);

/** Events that say much and matter little: they are heard by subscribers and not written down. */
const unwritten = new Set(["editor.changed", "editor.focus", "call.progress", "thought.complete"]);

export interface ActivityViews {
  readonly clock?: Clock;
  /** Rows that must stand before one. */
  readonly before?: (row: JournalRow) => JournalRow[];
  /** Why it was allowed or refused. */
  readonly why?: (row: JournalRow) => string | undefined;
  /** Events of a plugin that come too thick for a row each. */
  readonly counted?: (row: CountedRow) => void;
  /** Where they are meanwhile. */
  readonly drafts?: CountedRows | undefined;
  /** Takes secrets out of a line, whoever wrote it; what became one later is taken out when the line is read. */
  readonly redact?: ((text: string) => string) | undefined;
}

/** Journals every event and turns it into lines for people: the activity section, and a log for each plugin. */
export class ActivityLog implements Disposable {
  readonly #store: Pick<StorePort, "append" | "readJournal">;
  readonly #failed: (error: unknown) => void;
  readonly #views: ActivityViews;
  readonly #flood: EventFlood | undefined;
  readonly #entries: ActivityEntry[] = [];
  readonly #logs = new Map<string, string[]>();
  readonly #added = new Emitter<ActivityEntry>();
  readonly #logged = new Emitter<{ plugin: string; line: string }>();
  readonly onDidAdd = this.#added.event;
  readonly onDidLog = this.#logged.event;

  constructor(
    store: Pick<StorePort, "append" | "readJournal">,
    failed: (error: unknown) => void,
    views: ActivityViews = {},
  ) {
    this.#store = store;
    this.#failed = failed;
    this.#views = views;
    const { clock, counted, drafts } = views;
    this.#flood = clock && counted ? new EventFlood(clock, counted, drafts) : undefined;
  }

  /** The number that the first event of this window gets. */
  async nextSeq(): Promise<number> {
    const [last] = await this.#store.readJournal({ limit: 1 });
    return (last?.seq ?? 0) + 1;
  }

  entries(): ActivityEntry[] {
    return [...this.#entries];
  }

  logOf(plugin: string): readonly string[] {
    return (this.#logs.get(plugin) ?? []).map((line) => this.#redacted(line));
  }

  /** Takes note of an event. A plugin's is shown where it asked for that, the host's where it tells a person something. */
  take(row: JournalRow, show: boolean, counted = false): void {
    const flooding = row.source !== "host" && !show && this.#flood?.takes(row) === true;
    if (!counted && !flooding && !unwritten.has(row.type)) {
      const before = this.#views.before?.(row) ?? [];
      this.#store.append([...before, row], isLazy(row)).catch(this.#failed);
    }
    if (counted || (row.source !== "host" && !show)) return;
    const why = this.#views.why?.(row);
    const entry = activityOf(why === undefined ? row : { ...row, why });
    if (!entry) return;
    this.#entries.push(entry);
    if (this.#entries.length > shownEntries) this.#entries.shift();
    this.#added.fire(entry);
  }

  /** Writes down what was only counted so far. */
  flush(): void {
    this.#flood?.flush();
  }

  dispose(): void {
    this.#flood?.dispose();
  }

  /** What a plugin says on `self.log`. */
  log(plugin: string, data: unknown, timestamp: number): void {
    const { level, message, fields } = isJsonObject(data)
      ? data
      : { level: "info", message: String(data), fields: undefined };
    const word = String(level ?? "info");
    this.#line(
      plugin,
      timestamp,
      notItsWords.has(word.trim().toLowerCase()) ? "info" : word,
      `${message}${isJsonObject(fields) ? fieldsText(fields) : ""}`,
    );
  }

  /** What a plugin writes outside the protocol. */
  text(plugin: string, stream: "stderr" | "stray", text: string, timestamp: number): void {
    this.#line(plugin, timestamp, stream === "stray" ? "stray" : "stderr", text);
  }

  #redacted(text: string): string {
    return this.#views.redact?.(text) ?? text;
  }

  /** Line ends inside are indented, so that no line can look like another's. */
  #line(plugin: string, timestamp: number, level: string, text: string): void {
    const lines = this.#logs.get(plugin) ?? [];
    this.#logs.set(plugin, lines);
    const [first = "", ...more] = `[${level}] ${this.#redacted(text).slice(0, 8_000)}`
      .split(/\r?\n/)
      .map((part) => this.#redacted(printable(part)));
    const line = [`${new Date(timestamp).toISOString().slice(11, 23)} ${first}`, ...more].join("\n    ");
    lines.push(line);
    if (lines.length > logLines) lines.splice(0, lines.length - logLines);
    this.#logged.fire({ plugin, line });
  }
}

/** Fields in the line itself; a text of several lines, such as a stack, below it as it is. */
function fieldsText(fields: Record<string, unknown>): string {
  const all = Object.entries(fields);
  const below = all.filter(([, value]) => typeof value === "string" && value.includes("\n"));
  const inLine = all.filter((one) => !below.includes(one));
  const first = inLine.length > 0 ? ` ${JSON.stringify(Object.fromEntries(inLine))}` : "";
  return [first, ...below.map(([name, value]) => `${name === "stack" ? "" : `${name}: `}${value}`.trimEnd())].join(
    "\n",
  );
}

/** What plugins say and call among themselves comes by the thousand; what the agent and the person do is written at once. */
function isLazy({ source, type, conversation }: JournalRow): boolean {
  return conversation === undefined && (source !== "host" || type.startsWith("call."));
}
