import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { Span } from "../../core/trace/span.ts";
import { otlpRequest } from "./spans.ts";

/** Spans that wait at most, and those of one request. */
const mostWaiting = 5_000;
const mostTogether = 500;
const answerMs = 10_000;
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
/** How long the last request may take when the window closes, in milliseconds. */
const lastWordMs = 1_000;

const worthAnotherTry: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

export interface OtlpTarget {
  /** Where the collector is, as the person wrote it. */
  readonly endpoint: string;
  /** Sent with every request; a key of the service, say. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface OtlpExporterParts {
  readonly target: OtlpTarget;
  readonly version: string;
  readonly clock: Clock;
  /** Told once when exporting begins to fail, and not again before it has worked. */
  readonly trouble: (text: string) => void;
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Sends spans to an OpenTelemetry collector, as OTLP's JSON over HTTP: in batches, one request at a time, from a bounded
 * queue. Whatever the collector does, nobody waits for it; what could not be sent is counted.
 */
export class OtlpExporter implements Disposable {
  readonly #parts: OtlpExporterParts;
  readonly #url: string;
  readonly #over = new AbortController();
  #waiting: Span[] = [];
  #sending: Promise<void> | undefined;
  #timer: Disposable | undefined;
  #retryMs = firstRetryMs;
  #said = false;
  #sent = 0;
  #dropped = 0;
  #failures = 0;

  /** Throws an `Error` with a sentence for the person where the target cannot be used. */
  constructor(parts: OtlpExporterParts) {
    this.#parts = parts;
    this.#url = urlOf(parts.target);
  }

  /** Spans that were sent and that were given up, and requests that failed. */
  get counts(): { readonly sent: number; readonly dropped: number; readonly failures: number } {
    return { sent: this.#sent, dropped: this.#dropped, failures: this.#failures };
  }

  add(spans: readonly Span[], lost = 0): void {
    this.#waiting.push(...spans);
    this.#dropped += lost;
    const over = this.#waiting.length - mostWaiting;
    if (over > 0) {
      this.#waiting.splice(0, over);
      this.#dropped += over;
    }
    this.#proceed();
  }

  /** Sends what waits, for at most a second, and ends. */
  async close(): Promise<void> {
    this.#timer?.dispose();
    this.#timer = undefined;
    const limit = this.#parts.clock.after(lastWordMs, () => this.#over.abort());
    this.#proceed();
    while (this.#sending) await this.#sending;
    limit.dispose();
    this.dispose();
  }

  dispose(): void {
    this.#over.abort();
    this.#timer?.dispose();
    this.#dropped += this.#waiting.length;
    this.#waiting = [];
  }

  #proceed(): void {
    if (this.#sending || this.#timer || this.#waiting.length === 0 || this.#over.signal.aborted) return;
    this.#sending = this.#send(this.#waiting.splice(0, mostTogether)).finally(() => {
      this.#sending = undefined;
      this.#proceed();
    });
  }

  async #send(spans: Span[]): Promise<void> {
    const { target, version, fetch = globalThis.fetch } = this.#parts;
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        headers: { ...target.headers, "content-type": "application/json" },
        body: JSON.stringify(otlpRequest(spans, version)),
        redirect: "error",
        signal: AbortSignal.any([this.#over.signal, AbortSignal.timeout(answerMs)]),
      });
      await response.body?.cancel();
      if (response.ok) {
        this.#sent += spans.length;
        this.#retryMs = firstRetryMs;
        this.#said = false;
        return;
      }
      const again = worthAnotherTry.has(response.status);
      this.#failed(spans, `it answered ${response.status}`, again, this.#askedMs(response.headers.get("retry-after")));
    } catch {
      this.#failed(spans, "it could not be reached", true, 0);
    }
  }

  /** What a `Retry-After` asks for, in seconds or as a date. */
  #askedMs(retryAfter: string | null): number {
    if (retryAfter === null) return 0;
    const seconds = Number(retryAfter);
    return Number.isNaN(seconds) ? Date.parse(retryAfter) - this.#parts.clock.now() : seconds * 1_000;
  }

  #failed(spans: Span[], why: string, again: boolean, askedMs: number): void {
    this.#failures++;
    if (again && !this.#over.signal.aborted) {
      this.#waiting.unshift(...spans);
      const waitMs = Math.min(longestRetryMs, Math.max(askedMs || 0, this.#retryMs));
      this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2);
      this.#timer = this.#parts.clock.after(waitMs, () => {
        this.#timer = undefined;
        this.#proceed();
      });
    } else this.#dropped += spans.length;
    if (this.#said) return;
    this.#said = true;
    this.#parts.trouble(
      `Traces do not reach the collector at ${new URL(this.#url).host}: ${why}. ` +
        "Check parley.traces.endpoint and its headers; what cannot be sent is given up after a while.",
    );
  }
}

function urlOf({ endpoint, headers }: OtlpTarget): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !["http:", "https:"].includes(url.protocol))
    throw new Error("parley.traces.endpoint must be an address such as http://127.0.0.1:4318.");
  if (url.username || url.password)
    throw new Error(
      "parley.traces.endpoint must hold no password; set it as a header with Parley: Set Trace Export Headers.",
    );
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol === "http:" && !local && Object.keys(headers).length > 0)
    throw new Error("Headers for traces are only sent over https, or to this machine; change parley.traces.endpoint.");
  const path = url.pathname.replace(/\/$/, "");
  url.pathname = path.endsWith("/v1/traces") ? path : `${path}/v1/traces`;
  return url.href;
}
