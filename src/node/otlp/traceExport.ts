import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { Event } from "../../base/emitter.ts";
import type { Span } from "../../core/trace/span.ts";
import { OtlpExporter, type OtlpTarget } from "./exporter.ts";

export interface TraceExportParts {
  /** Where traces go, as the settings and the secrets say now; an empty endpoint for nowhere. */
  readonly target: () => Promise<OtlpTarget>;
  readonly version: string;
  readonly clock: Clock;
  readonly trouble: (text: string) => void;
  /** Spans that have ended; listened to only while they go somewhere. */
  readonly ended?: Event<{ readonly spans: readonly Span[]; readonly lost: number }>;
}

/** Exports traces where the person wants them to go; nowhere until they say so. */
export class TraceExport {
  readonly #parts: TraceExportParts;
  #exporter: OtlpExporter | undefined;
  #listening: Disposable | undefined;
  #applied = 0;

  constructor(parts: TraceExportParts) {
    this.#parts = parts;
  }

  /** The settings may have changed. */
  async apply(): Promise<void> {
    const number = ++this.#applied;
    const target = await this.#parts.target();
    if (number !== this.#applied) return;
    const before = this.#exporter;
    this.#exporter = undefined;
    this.#listening?.dispose();
    this.#listening = undefined;
    void before?.close();
    if (target.endpoint === "") return;
    try {
      this.#exporter = new OtlpExporter({ ...this.#parts, target });
      this.#listening = this.#parts.ended?.(({ spans, lost }) => this.add(spans, lost));
    } catch (error) {
      this.#parts.trouble(error instanceof Error ? error.message : String(error));
    }
  }

  add(spans: readonly Span[], lost: number): void {
    this.#exporter?.add(spans, lost);
  }

  /** Sends what waits, for at most a second. */
  async close(): Promise<void> {
    this.#applied++;
    await this.#exporter?.close();
    this.#listening?.dispose();
    this.#exporter = undefined;
  }
}
