import { Failure } from "../../base/failure.ts";
import type { OfferAction } from "../../protocol/plugin/common.ts";
import type { ActiveCall } from "./activeCall.ts";
import type { Stopwatch } from "./stopwatch.ts";
import type { CallRequest } from "./types.ts";

/** From the outermost call to this one. */
export function chainOf(call: ActiveCall | undefined): ActiveCall[] {
  const chain: ActiveCall[] = [];
  for (let link = call; link; link = link.parent) chain.unshift(link);
  return chain;
}

/** Refuses a chain that is too deep or comes back to an offer that it is already in; the message shows the path. */
export function checkChain(parent: ActiveCall | undefined, plugin: string, name: string, deepest: number): void {
  let depth = 1;
  let circle = false;
  for (let link = parent; link; link = link.parent) {
    depth++;
    circle ||= link.record.plugin === plugin && link.record.name === name;
  }
  if (!circle && depth <= deepest) return;
  const target = `${plugin}/${name}`;
  const chain = chainOf(parent);
  const path = [...chain.map(({ record }) => `${record.plugin}/${record.name}`), target];
  if (circle) {
    throw new Failure("callDepth", `The calls go in a circle: ${path.join(" → ")}.`, {
      details: { reason: "cycle", path },
      todo: "Break the circle: let one of them take what it needs as an argument.",
    });
  }
  throw new Failure("callDepth", `The chain of calls is deeper than ${deepest}: ${path.join(" → ")}.`, {
    details: { reason: "tooDeep", path },
    todo: "Call fewer plugins through each other.",
  });
}

/** Refuses a call that too many events led to: a circle of events may lead over calls. */
export function checkHops(hops: number, most: number, { to, name }: Pick<CallRequest, "to" | "name">): void {
  if (hops <= most) return;
  const target = "plugin" in to ? `${to.plugin}/${name}` : to.provides;
  throw new Failure(
    "callDepth",
    `The call of ${target} comes of ${hops} events, each published by what the one before led to.`,
    {
      details: { reason: "tooDeep", hops, most },
      todo: "Let no event lead to itself: end the chain, or do it once for many events.",
    },
  );
}

/**
 * Who must be allowed to make a call: its caller always, and who had the person make it; for whatever is not `read`
 * also every caller further up, so that nobody gets something done through another that they may not do themselves.
 */
export function principalsOf(
  { caller, onBehalf }: Pick<CallRequest, "caller" | "onBehalf">,
  parent: ActiveCall | undefined,
  action: OfferAction,
): string[] {
  const own = onBehalf === undefined ? [caller] : [caller, onBehalf];
  if (action === "read" || !parent) return own;
  return [...new Set([...own, ...chainOf(parent).map(({ record }) => record.caller)])];
}

/** A call and all that wait for it, from inside out. Whatever it is a part of, nobody waits for one in the background. */
export function waitersOf(call: ActiveCall): ActiveCall[] {
  const found: ActiveCall[] = [];
  for (let link: ActiveCall | undefined = call; link; link = link.record.detached ? undefined : link.parent)
    found.push(link);
  return found;
}

/** The stopwatches of a call and of all that wait for it. */
export function stopwatchesOf(call: ActiveCall): Stopwatch[] {
  return waitersOf(call).flatMap(({ stopwatch }) => stopwatch ?? []);
}

/** Who made the outermost of the calls that wait for this one; undefined where that one is in the background, and nobody waits. */
export function awaitedBy(call: ActiveCall): string | undefined {
  const outermost = waitersOf(call).at(-1)?.record;
  return outermost?.detached ? undefined : outermost?.caller;
}

/** Milliseconds that a call has left: no longer than any of those that wait for it. */
export function timeLeft(call: ActiveCall): number {
  let left = Number.POSITIVE_INFINITY;
  for (const { stopwatch } of waitersOf(call)) left = Math.min(left, stopwatch?.left ?? left);
  return left;
}

/** Stops the clocks of a call and of all that wait for it; the answer starts them again. */
export function holdClocks(call: ActiveCall): () => void {
  const held = stopwatchesOf(call);
  for (const stopwatch of held) stopwatch.pause();
  return () => {
    for (const stopwatch of held) stopwatch.resume();
  };
}
