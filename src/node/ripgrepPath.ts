import { existsSync } from "node:fs";
import { join } from "node:path";

/** The ripgrep that VS Code ships, where this build of it ships one; plugins fall back to `rg` on the PATH. */
export function findRipgrep(appRoot: string): string | undefined {
  const program = process.platform === "win32" ? "rg.exe" : "rg";
  const target = `${process.platform}-${process.arch}`;
  const places = [
    ["@vscode", "ripgrep", "bin"],
    ["@vscode", "ripgrep-universal", "bin", target],
    ["@vscode", `ripgrep-${target}`, "bin"],
  ];
  for (const modules of ["node_modules", "node_modules.asar.unpacked"]) {
    for (const place of places) {
      const path = join(appRoot, modules, ...place, program);
      if (existsSync(path)) return path;
    }
  }
  return undefined;
}
