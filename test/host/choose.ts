/** Which VS Code a run uses: a desktop one where there is one to use, else the server from npm. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { downloadAndUnzipVSCode, resolveCliArgsFromVSCodeExecutablePath } from "@vscode/test-electron";
import { root } from "../tools/paths.ts";
import type { VsCodeChoice } from "../tools/suites.ts";
import { ensureChromium } from "./chromium.ts";
import { ensureServer } from "./install.ts";

/** A VS Code that takes the arguments of a desktop one. */
export interface VsCode {
  /** For people: "VS Code server 4.139.1 from npm". */
  label: string;
  executable: string;
  /** Passed to the executable through its environment. */
  env: Record<string, string>;
  installVsix(vsix: string, folders: { extensions: string; userData: string }): void;
}

/**
 * Answers the VS Code for the choice. `auto` takes the desktop VS Code when `code` is on the PATH and there is a display,
 * else the server. `desktop` insists on it, `download` fetches one, `minimum` takes the oldest supported server.
 */
export async function chooseVsCode(choice: VsCodeChoice): Promise<VsCode> {
  if (choice === "download") return desktop(await downloadAndUnzipVSCode());
  if (choice === "desktop" || choice === "auto") {
    const executable = findDesktop();
    if (executable && (choice === "desktop" || hasDisplay())) return desktop(executable);
    if (choice === "desktop")
      throw new Error("There is no desktop VS Code on this machine: `code` is not on the PATH.");
  }
  return server(choice === "minimum" ? "minimum" : "newest");
}

/** The desktop VS Code's executable, found through the `code` command. */
export function findDesktop(): string | undefined {
  const command = process.platform === "win32" ? "code.cmd" : "code";
  const script = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find((file) => existsSync(file));
  if (!script) return undefined;
  const folder = dirname(realpathSync(script));
  const candidates = {
    win32: [join(folder, "..", "Code.exe")],
    darwin: ["Electron", "Code"].map((name) => join(folder, "..", "..", "..", "MacOS", name)),
  }[process.platform as string] ?? [join(folder, "..", "code"), join(folder, "..", "codium")];
  return candidates.find((file) => existsSync(file));
}

/** Whether a window can be shown here. */
export function hasDisplay(): boolean {
  if (process.platform === "win32" || process.platform === "darwin") return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

function desktop(executable: string): VsCode {
  return {
    label: `desktop VS Code, ${executable}`,
    executable,
    env: {},
    installVsix(vsix, folders) {
      const [command, ...args] = resolveCliArgsFromVSCodeExecutablePath(executable, { reuseMachineInstall: true });
      if (!command) throw new Error(`${executable} has no command line`);
      const profile = [`--extensions-dir=${folders.extensions}`, `--user-data-dir=${folders.userData}`];
      execFileSync(command, [...args, ...profile, "--install-extension", vsix, "--force"], {
        shell: process.platform === "win32",
      });
    },
  };
}

async function server(variant: "newest" | "minimum"): Promise<VsCode> {
  ensureChromium();
  const installed = await ensureServer(variant);
  const executable = join(root, "dist", "test", "code");
  mkdirSync(dirname(executable), { recursive: true });
  writeFileSync(
    executable,
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, "test", "host", "codeCommand.ts")}" "$@"\n`,
  );
  chmodSync(executable, 0o755);
  return {
    label: `VS Code server ${installed.version} from npm`,
    executable,
    env: { PARLEY_HOST_VARIANT: variant },
    installVsix(vsix, { extensions }) {
      installInServer(installed, vsix, extensions);
    },
  };
}

/** Installs a VSIX into an extensions folder of the server. */
export function installInServer(installed: { node: string; main: string }, vsix: string, extensions: string): void {
  const data = join(extensions, "..", "install-data");
  const args = [installed.main, "--install-extension", vsix, "--extensions-dir", extensions, "--server-data-dir", data];
  execFileSync(installed.node, [...args, "--accept-server-license-terms", "--force"], { encoding: "utf8" });
}
