import type { errorCodes } from "./codes.ts";

interface CallReason {
  readonly kind: keyof typeof errorCodes;
  /** When it is said, in one sentence. */
  readonly when: string;
  /** Told apart by its kind; the others by `data.reason`, which is their name. */
  readonly byKind?: true;
}

/** Every way in which a call of an offer fails. What is said to whoever called names what happened, why, and what to do. */
export const callReasons = {
  noSuchPlugin: { kind: "notFound", when: "No plugin has that name; `data.near` has those that are like it." },
  noSuchOffer: { kind: "notFound", when: "The plugin has no such offer; `data.near` has those that are like it." },
  noSuchCapability: {
    kind: "notFound",
    when: "Nobody provides it; `data.near` has capabilities that are like it, `data.absent` the plugins that would.",
  },
  noProviderLeft: {
    kind: "unavailable",
    when: "Several providers were tried or refused; `data.tried` has each with its reason. Where all agree, theirs is the kind.",
  },
  otherAction: { kind: "invalidParams", when: "The caller stated another action than the offer has." },
  badArguments: { kind: "invalidParams", when: "The arguments do not fit the offer's input schema." },
  badAnswer: { kind: "unavailable", when: "The plugin's answer does not fit its own output schema." },
  disabled: { kind: "unavailable", when: "A person has disabled the plugin." },
  untrusted: { kind: "unavailable", when: "It comes with a workspace that is not trusted." },
  needsConsent: { kind: "unavailable", when: "No person has let it in yet." },
  needsConfiguration: { kind: "unavailable", when: "A setting that it requires is missing." },
  broken: { kind: "unavailable", when: "Its package was rejected." },
  nothingToRun: { kind: "unavailable", when: "Its package has nothing for Parley." },
  stopped: { kind: "unavailable", when: "A person stopped it." },
  failed: { kind: "unavailable", when: "It ended in a way after which it is not started again by itself." },
  ended: { kind: "unavailable", when: "It ended while it was being started for the call." },
  exited: {
    kind: "unavailable",
    when: "Its process ended while it worked on the call; `data.exitCode` or `data.signal` says how.",
  },
  channelClosed: {
    kind: "unavailable",
    when: "Its channel was closed while it worked on the call, as when it is stopped.",
  },
  refusedByRule: {
    kind: "denied",
    when: "The rule in `data.rule` refuses it, for the caller or for one further up the chain.",
  },
  refusedByPerson: { kind: "denied", when: "The person was asked and said no." },
  notAccepted: {
    kind: "denied",
    when: "The target's own manifest does not accept the caller; `data.accepts` has whom it accepts.",
  },
  blocked: { kind: "blocked", when: "An intercept refused it; `data.by` names the plugin." },
  withheld: {
    kind: "blocked",
    when: "It was done, and an intercept withholds its answer; `data.by` names the plugin.",
  },
  timedOut: { kind: "timeout", when: "Its deadline, or the time that its offer allows, went by without progress." },
  tooDeep: {
    kind: "callDepth",
    when: "The chain is deeper than the limit, `data.path` shows it; or too many events led there, `data.hops` says how many.",
  },
  cycle: { kind: "callDepth", when: "The chain comes back to an offer that it is already in; `data.path` shows it." },
  queueFull: {
    kind: "overloaded",
    when: "As many calls of the caller as may do so wait for the plugin or the offer already.",
  },
  standstill: {
    kind: "overloaded",
    when: "All places of the offer, or of its plugin, are held by calls that, over some chain, wait for this one: it would wait for itself.",
  },
  tooOften: { kind: "overloaded", when: "A rule has a rate, and it is used up; `data.rule` names the rule." },
  background: { kind: "overloaded", when: "As many calls as may run in the background at the plugin already." },
  tooLarge: { kind: "tooLarge", when: "What was sent or answered is larger than a message may be.", byKind: true },
  cancelled: { kind: "cancelled", when: "The caller, its own caller or a person no longer wants it.", byKind: true },
  fault: {
    kind: "internal",
    when: "The plugin's code failed; its log has the details, and nobody else.",
    byKind: true,
  },
} as const satisfies Record<string, CallReason>;
export type CallReasonName = keyof typeof callReasons;
