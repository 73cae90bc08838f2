import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a program of this suite in a Node of its own, which nothing else of the suite's disturbs, and answers the JSON that it prints. */
export async function figuresOf<T>(program: string, args: readonly string[], heapMiB: number): Promise<T> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [`--max-old-space-size=${heapMiB}`, program, ...args],
    { maxBuffer: 64 * 1024 * 1024 },
  ).catch((error: { stdout?: string }) => {
    if (error.stdout?.startsWith("{")) return { stdout: error.stdout };
    throw error;
  });
  return JSON.parse(stdout) as T;
}
