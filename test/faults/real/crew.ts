/** Packages that run `fixtures/crew.mjs`, a plugin that works hard. */
import { goOffer, putPackage } from "../../support/realHost.ts";

/** What such a plugin answers to `go {do: "heard"}`. */
export interface Heard {
  readonly sources: Readonly<
    Record<string, { readonly count: number; readonly sum: number; readonly ordered: boolean }>
  >;
  readonly deliveries: number;
  /** Events that it was told were lost, in so many deliveries. */
  readonly lost: number;
  readonly losses: number;
}

export interface CrewOptions {
  /** Topics that it subscribes to. */
  readonly topics?: readonly string[];
  readonly whenSlow?: "latest" | "dropOldest" | "ack";
  /** The topics, as a pattern, that it may publish to. */
  readonly publishes?: string;
  /** Calls whatever other plugins offer. */
  readonly calls?: boolean;
}

/** Long enough for the offer that works through all there is to do. */
const offer = { ...goOffer, timeout: 7_200_000 };

export function putCrew(folder: string, name: string, { topics = [], whenSlow, publishes, calls }: CrewOptions): void {
  const subscriptions = topics.map((topic, index) => ({ topic, handle: `s${index}`, ...(whenSlow && { whenSlow }) }));
  const wants = [
    ...topics.map((target) => ({ verb: "subscribe", target, why: "to hear it" })),
    ...(publishes === undefined ? [] : [{ verb: "publish", target: publishes, why: "to say it" }]),
    ...(calls ? [{ verb: "call", target: "*", why: "to call others" }] : []),
  ];
  // A small heap: what is measured is the host, and the machine is shared by twenty of these.
  const run = {
    runtime: "command",
    command: "node",
    args: ["--max-old-space-size=64", "./crew.mjs", JSON.stringify({ subscriptions })],
  };
  putPackage(folder, name, { parley: { run, offers: [offer], wants } });
}
