/**
 * Waits for a state instead of a time: asks `probe` again until it answers something truthy, and resolves to that.
 * A probe that throws counts as "not yet"; its last error becomes the cause of the failure.
 *
 * @param what names the state in the error, as in "the plugin is running"
 * @throws Error when the state has not come within `timeoutMs` (10 s unless told)
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 20 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<NonNullable<Exclude<T, false | 0 | "">>> {
  const end = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer) return answer as NonNullable<Exclude<T, false | 0 | "">>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= end) break;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  const detail = cause instanceof Error ? `: ${cause.message}` : "";
  throw new Error(`Waited ${timeoutMs} ms in vain until ${what}${detail}`, { cause });
}
