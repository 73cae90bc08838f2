import { asFailure, Failure } from "../../base/failure.ts";
import type { Intercepts } from "./chain.ts";
import type { Outcome, Pass } from "./types.ts";

/** What of the intercepts those need who pass a point. */
export type Passing = Pick<Intercepts, "before" | "after" | "watches" | "changes" | "invocation">;

/** Puts what an intercept wants looked at before the person; rejects with `denied` where the person refuses. */
export type AskPerson = (question: {
  readonly point: string;
  readonly by: string;
  readonly reason: string;
  readonly subject: Record<string, unknown>;
  readonly conversation?: string;
  readonly turn?: string;
  readonly signal?: AbortSignal;
}) => Promise<void>;

export interface Around<Result> {
  readonly point: string;
  /** What is about to happen, as it completes "… was blocked by". */
  readonly what: string;
  readonly subject: Record<string, unknown>;
  readonly pass: Pass;
  /** Without it what is to be asked about is blocked: nobody can be asked. */
  readonly ask?: AskPerson;
  /** Does it, with the subject as the intercepts left it. */
  readonly run: (subject: Record<string, unknown>, outcome: Outcome) => Promise<Result>;
  /** What an answer of an intercept stands for; without it an answer is a failure of the one who gave it. */
  readonly answered?: (answer: unknown, by: string, outcome: Outcome) => Promise<Result> | Result;
  /** Validates what intercepts change after the fact. */
  readonly revalidateAfter?: Pass["revalidate"];
  /** The fields that the subject has after, from what was done. */
  readonly told: (result: Result) => Record<string, unknown>;
}

export interface Surrounded<Result> {
  readonly result: Result;
  /** As it is after the fact, with what was changed there. */
  readonly subject: Record<string, unknown>;
  readonly contexts: Outcome["contexts"];
}

/**
 * Passes a point around something: before, the thing itself with what became of its subject, and after, also where it failed. Where
 * nobody is at the point it is simply done.
 * @throws Failure `blocked` naming the plugin, `denied` by the person who was asked, or what the thing itself failed with
 */
export async function passAround<Result>(intercepts: Passing, around: Around<Result>): Promise<Surrounded<Result>> {
  const { point, pass, run, told } = around;
  if (!intercepts.watches(point)) {
    const { subject } = around;
    const nobody = { decision: "allow", subject, invocation: "", changedBy: [], contexts: [] } as const;
    const result = await run(subject, nobody);
    return { result, subject: { ...subject, ...told(result) }, contexts: [] };
  }
  const invocation = intercepts.invocation();
  let result: Result;
  let { subject } = around;
  let contexts: Outcome["contexts"];
  try {
    const before = await intercepts.before(point, subject, { ...pass, invocation });
    ({ subject, contexts } = before);
    if (before.decision === "deny") throw blocked(around.what, before);
    if (before.decision === "ask") await askAbout(around, before);
    result = before.decision === "answer" ? await answerOf(around, before) : await run(subject, before);
  } catch (error) {
    await tellFailure(intercepts, around, subject, invocation, error);
    throw error;
  }
  const { revalidateAfter: revalidate } = around;
  const after = await intercepts.after(
    point,
    { ...subject, ...told(result) },
    { ...afterOf(pass), ...(revalidate && { revalidate }), invocation },
  );
  if (after.decision === "deny") throw withheld(around.what, after);
  return { result, subject: after.subject, contexts: [...contexts, ...after.contexts] };
}

/**
 * What failed, or was denied, is passed after too, so that whoever holds something for it lets go. Of what was
 * cancelled nobody waits for the word.
 */
export async function tellFailure(
  intercepts: Pick<Passing, "after">,
  { point, pass }: Pick<Around<never>, "point" | "pass">,
  subject: Record<string, unknown>,
  invocation: string,
  error: unknown,
): Promise<void> {
  const { signal, ...rest } = afterOf(pass);
  const failure = asFailure(signal?.aborted ? signal.reason : error, "It");
  const telling = intercepts
    .after(point, { ...subject, error: failure.message }, { ...rest, invocation })
    .catch(() => undefined);
  if (!signal?.aborted) await telling;
}

function afterOf({ revalidate: _before, ...rest }: Pass): Omit<Pass, "revalidate"> {
  return rest;
}

async function askAbout<Result>({ point, what, ask, pass }: Around<Result>, outcome: Outcome): Promise<void> {
  const by = outcome.by ?? "a plugin";
  const reason = outcome.reason ?? `${by} wants you to look at this.`;
  if (!ask) throw blocked(what, { by, reason: `${reason} Nobody can be asked about it here.` });
  const { conversation, turn, signal } = pass;
  const release = pass.hold?.();
  try {
    await ask({
      ...{ point, by, reason, subject: outcome.subject },
      ...(conversation && { conversation }),
      ...(turn && { turn }),
      ...(signal && { signal }),
    });
  } finally {
    release?.();
  }
}

async function answerOf<Result>({ what, answered }: Around<Result>, outcome: Outcome): Promise<Result> {
  const { answer, by } = outcome;
  const who = by ?? "a plugin";
  if (!answered)
    throw blocked(what, { by: who, reason: "It answered in its place, and nothing can stand in its place here." });
  return await answered(answer, who, outcome);
}

/** The failure of what an intercept denied. */
export function blocked(
  what: string,
  { by = "a plugin", reason = "no reason given", todo }: Pick<Outcome, "by" | "reason" | "todo">,
): Failure {
  return new Failure("blocked", `${what} was blocked by ${by}: ${reason}`, {
    details: { reason: "blocked", by },
    todo: todo ?? "Do it another way; the person can change the rights of that plugin in the Plugins view.",
  });
}

/** The failure of what was done and whose result an intercept withholds. */
export function withheld(
  what: string,
  { by = "a plugin", reason = "no reason given", todo }: Pick<Outcome, "by" | "reason" | "todo">,
): Failure {
  return new Failure("blocked", `The result of ${what} was withheld by ${by}: ${reason}`, {
    details: { reason: "withheld", by },
    todo: ["What was to be done is done; only its answer is withheld.", todo].filter(Boolean).join(" "),
  });
}
