/**
 * `npm start [-- --home FOLDER] [--vscode auto|server|desktop]`: Parley in a VS Code of its own, with the sample workspace.
 * Everything it keeps lies in one folder below the user's cache; nothing of the person's own VS Code is touched.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chooseVsCode, findDesktop, hasDisplay, installInServer } from "../host/choose.ts";
import { startFront } from "../host/front.ts";
import { ensureServer } from "../host/install.ts";
import { startServer } from "../host/server.ts";
import { buildProduct } from "./childProcess.ts";
import { makePackage } from "./package.ts";
import { cacheFolder, root } from "./paths.ts";

/** VS Code's own chat would stand where one looks for Parley, with the cursor in it, and has no model here. */
const firstSettings = { "chat.disableAIFeatures": true };

const { values } = parseArgs({
  options: { home: { type: "string" }, vscode: { type: "string", default: "auto" } },
});
const home = values.home ?? join(cacheFolder(), "parley-start");
mkdirSync(home, { recursive: true });

await buildProduct();
const vsix = await makePackage();
const workspace = join(home, "sample");
if (!existsSync(workspace)) cpSync(join(root, "test", "sample"), workspace, { recursive: true });

const desktop =
  values.vscode === "desktop" || (values.vscode === "auto" && findDesktop() !== undefined && hasDisplay());
if (desktop) await startDesktop();
else await startInBrowser();

async function startDesktop(): Promise<void> {
  const code = await chooseVsCode("desktop");
  const folders = { extensions: join(home, "desktop-extensions"), userData: join(home, "desktop-profile") };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  console.log(`Installing Parley into the ${code.label}, with a profile of its own …`);
  code.installVsix(vsix, folders);
  console.log(`VS Code opens with the sample workspace in ${workspace}. Close it, or press Ctrl+C here, to end.`);
  const profile = [`--extensions-dir=${folders.extensions}`, `--user-data-dir=${folders.userData}`];
  const child = spawn(code.executable, [...profile, "--new-window", "--wait", "--disable-workspace-trust", workspace], {
    stdio: "ignore",
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill());
  await new Promise((resolve) => child.once("exit", resolve));
}

async function startInBrowser(): Promise<void> {
  const installed = await ensureServer();
  const extensionsDir = join(home, "extensions");
  mkdirSync(extensionsDir, { recursive: true });
  console.log(`Installing Parley into the VS Code server ${installed.version} …`);
  installInServer(installed, vsix, extensionsDir);
  // Any page on this machine could use a server without a token.
  const token = remembered("token", () => randomBytes(16).toString("hex"));
  const server = await startServer({
    installed,
    dataDir: join(home, "server"),
    extensionsDir,
    connectionToken: token,
    settings: firstSettings,
    keepSettings: true,
  });
  const front = await startFront(server.port, join(home, "key"), Number(remembered("port", () => "0")));
  writeFileSync(join(home, "port"), String(front.port));

  const address = `http://127.0.0.1:${front.port}/?${new URLSearchParams({ tkn: token, folder: workspace })}`;
  console.log(`\nParley is ready in VS Code:\n\n  ${address}\n`);
  console.log(`The sample workspace is ${workspace}; what you change there stays. Press Ctrl+C to end.`);
  openAddress(address);

  const ended = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
  await ended;
  console.log("\nEnding …");
  front.close();
  const left = await server.stop();
  for (const command of left) console.log(`Had to be killed: ${command}`);
  process.exit(left.length > 0 ? 1 : 0);
}

/** A value kept in the home folder, for this user's eyes only; made by `make` the first time. */
function remembered(name: string, make: () => string): string {
  const file = join(home, name);
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600 });
  return readFileSync(file, "utf8").trim();
}

function openAddress(address: string): void {
  if (!hasDisplay() || process.env.CI) return;
  const commands: Partial<Record<NodeJS.Platform, [string, ...string[]]>> = {
    darwin: ["open", address],
    win32: ["rundll32", "url.dll,FileProtocolHandler", address],
  };
  const [command, ...args] = commands[process.platform] ?? ["xdg-open", address];
  spawn(command, args, { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}
