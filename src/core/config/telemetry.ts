import { Emitter } from "../../base/emitter.ts";
import { type TelemetrySample, telemetrySample } from "../../protocol/plugin/own.ts";

/** The last figures of each plugin that runs. */
export class TelemetryBoard {
  readonly #last = new Map<string, TelemetrySample>();
  readonly #changed = new Emitter<string>();
  readonly onDidChange = this.#changed.event;

  /** What a plugin said on `self.telemetry`; what is no sample is ignored. */
  take(plugin: string, data: unknown): void {
    const sample = telemetrySample.safeParse(data);
    if (!sample.success) return;
    this.#last.set(plugin, sample.data);
    this.#changed.fire(plugin);
  }

  /** Its process is gone. */
  forget(plugin: string): void {
    if (this.#last.delete(plugin)) this.#changed.fire(plugin);
  }

  of(plugin: string): TelemetrySample | undefined {
    return this.#last.get(plugin);
  }

  /** The figures in one line, for a person; undefined where there are none. */
  textOf(plugin: string): string | undefined {
    const { cpu, mem_bytes: bytes, ...own } = this.#last.get(plugin) ?? {};
    const words = [
      cpu !== undefined && `CPU ${Math.round(cpu * 10) / 10} %`,
      bytes !== undefined && `memory ${Math.round((bytes / 1024 / 1024) * 10) / 10} MiB`,
      ...Object.entries(own)
        .slice(0, 10)
        .map(([name, value]) => `${name} ${Math.round(value * 1_000) / 1_000}`),
    ];
    const text = words.filter(Boolean).join(", ");
    return text === "" ? undefined : `Figures: ${text}`;
  }
}
