import assert from "node:assert/strict";
import { Failure, type FailureKind } from "../../src/base/failure.ts";

/** The failure that a promise ends with; the test fails where it ends well, or with anything else. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    (value) => assert.fail(`It was to fail, and answered ${JSON.stringify(value)}.`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Failure, `It was to fail with a Failure, and failed with ${String(error)}.`);
  return error;
}

/** The kind of the failure that a promise ends with. */
export async function kindOf(promise: Promise<unknown>): Promise<FailureKind> {
  return (await failureOf(promise)).kind;
}

/** The failure that a promise ends with; the test fails where it is of another kind. */
export async function refused(promise: Promise<unknown>, kind: FailureKind): Promise<Failure> {
  const failure = await failureOf(promise);
  assert.equal(failure.kind, kind, failure.message);
  return failure;
}
