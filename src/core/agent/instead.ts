import { Failure } from "../../base/failure.ts";

/** What an intercept answers in the place of the model, as it is said: a text as it is, anything else as JSON. */
export function saidInstead(answer: unknown): string {
  return typeof answer === "string" ? answer : (JSON.stringify(answer) ?? "");
}

/** An answer in the place of the model must say something. */
export function saysNothing(answer: unknown): Failure | undefined {
  if (answer !== null && saidInstead(answer).trim() !== "") return undefined;
  return new Failure("invalidParams", "It is said in the model's place, and there is nothing in it to say.");
}
