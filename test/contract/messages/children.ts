import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { pluginCommand, pluginEnvironment } from "../../support/fakeHost.ts";
import { RawPeer } from "../../support/rawPeer.ts";
import { hostSamples } from "./hostSamples.ts";

/** The same plugin in both languages. */
export const languages = { TypeScript: "ts", Python: "py" } as const;

export interface Counts {
  calls: number;
  events: number;
  lost: number;
  intercepts: number;
  ready: number;
  stops: number;
  progress: number;
  cancels: number;
}

/** A real plugin process, and the test as its host in raw bytes. */
export class Child {
  readonly peer: RawPeer;
  #handles: { subscription: string; intercept: string } = { subscription: "", intercept: "" };

  constructor(fixture: string) {
    const entry = fileURLToPath(new URL(`./fixtures/${fixture}`, import.meta.url));
    this.peer = new RawPeer(pluginCommand(entry), pluginEnvironment());
  }

  /** Answers the result of `initialize`, whose handles the samples then carry. */
  async initialize(): Promise<unknown> {
    const { result, error } = await this.peer.request("initialize", hostSamples.initialize[0]);
    assert.equal(error, undefined);
    const { subscriptions, intercepts } = result as Record<"subscriptions" | "intercepts", { handle: string }[]>;
    this.#handles = { subscription: subscriptions?.[0]?.handle ?? "", intercept: intercepts?.[0]?.handle ?? "" };
    return result;
  }

  async start(): Promise<this> {
    await this.initialize();
    this.peer.notify("initialized", {});
    return this;
  }

  /** The params with the handles that the plugin chose. */
  filled(params: unknown): Record<string, unknown> {
    const own = { ...(params as Record<string, unknown>) };
    if (own.subscription === "HANDLE") own.subscription = this.#handles.subscription;
    if (own.handle === "HANDLE") own.handle = this.#handles.intercept;
    return own;
  }

  async call<Result>(name: string, args: Record<string, unknown> = {}): Promise<Result> {
    const { result, error } = await this.peer.request("call", { to: { plugin: "counter" }, name, args });
    assert.equal(error, undefined, `${name}: ${error?.message}`);
    return result as Result;
  }

  counts(): Promise<Counts> {
    return this.call<Counts>("counts");
  }
}
