import type { Reach } from "./reach.ts";

/**
 * The options by which Node's permission model holds a Node program; they go before its own. Child processes, worker threads
 * and native add-ons are not held themselves, so they need the wish for other programs. The network stays open. A path with a `*` is
 * left out: Node takes it as any text, so that a folder called `x*` would open all others that begin with `x`.
 */
export function nodePermissionArgs({ reads, writes, processes }: Reach): string[] {
  return [
    "--permission",
    ...[...reads, ...writes].filter(isLiteral).map((path) => `--allow-fs-read=${path}`),
    ...writes.filter(isLiteral).map((path) => `--allow-fs-write=${path}`),
    ...(processes ? ["--allow-child-process", "--allow-worker", "--allow-addons", "--allow-wasi"] : []),
  ];
}

const isLiteral = (path: string): boolean => !path.includes("*");

/** A program that ends with 0 where the model holds: it may not read what lies above the one folder that it was given. */
export const permissionProbe =
  "const { permission } = process; const at = process.argv[1];" +
  "process.exit(permission?.has('fs.read', at) && !permission.has('fs.read', process.argv[2]) ? 0 : 3)";
