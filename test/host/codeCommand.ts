/**
 * Stands in for VS Code's executable when `@vscode/test-electron` runs in-host tests without a desktop VS Code. It takes
 * the arguments that VS Code takes for tests, starts the server, opens its workbench in a headless browser, and exits
 * with the code with which the test run in the extension host ended. Reads `PARLEY_HOST_VARIANT` ("newest", "minimum").
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { BrowserContext } from "playwright-core";
import { openBrowser } from "./chromium.ts";
import { ensureServer } from "./install.ts";
import { type RunningServer, startServer } from "./server.ts";

/** The longest that one run in the extension host may take. */
const runTimeoutMs = 10 * 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: {
    extensionDevelopmentPath: { type: "string", multiple: true },
    extensionTestsPath: { type: "string" },
    "extensions-dir": { type: "string" },
    "user-data-dir": { type: "string" },
    "ask-for-trust": { type: "boolean" },
  },
});

const scratch = mkdtempSync(join(tmpdir(), "parley-host-"));
let server: RunningServer | undefined;
let browser: BrowserContext | undefined;
let closing: Promise<void> | undefined;

async function finish(code: number): Promise<void> {
  closing ??= (async () => {
    await browser?.close().catch(() => {});
    const left = (await server?.stop()) ?? [];
    for (const command of left) console.error(`Had to be killed after the window was closed: ${command}`);
    rmSync(scratch, { recursive: true, force: true });
    process.exit(left.length > 0 ? 1 : code);
  })();
  await closing;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void finish(130));

try {
  const userData = String(values["user-data-dir"] ?? join(scratch, "user-data"));
  server = await startServer({
    installed: await ensureServer(process.env.PARLEY_HOST_VARIANT === "minimum" ? "minimum" : "newest"),
    dataDir: join(scratch, "server"),
    extensionsDir: String(values["extensions-dir"] ?? join(scratch, "extensions")),
    testDriver: true,
    trustEverything: !values["ask-for-trust"],
    settings: readSettings(userData),
  });
  browser = await openBrowser(join(scratch, "browser"));
  const page = await browser.newPage();
  const exit = new Promise<number>((resolve, reject) => {
    void page.exposeFunction("codeAutomationLog", (type: string, args: unknown[]) => {
      (type === "error" || type === "warn" ? console.error : console.log)(...args);
    });
    void page.exposeFunction("codeAutomationExit", (code: number) => resolve(code));
    page.on("crash", () => reject(new Error("The workbench's page crashed.")));
    setTimeout(
      () => reject(new Error(`The test run took more than ${runTimeoutMs / 60_000} minutes.`)),
      runTimeoutMs,
    ).unref();
  });
  await page.goto(workbenchAddress(server));
  await finish(await exit);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await finish(1);
}

function workbenchAddress({ port, origin }: RunningServer): string {
  const remote = (path: string) => `vscode-remote://127.0.0.1:${port}${path}`;
  const developed = (values.extensionDevelopmentPath ?? []) as string[];
  const payload = [
    ...developed.map((path) => ["extensionDevelopmentPath", remote(path)]),
    ["extensionTestsPath", remote(String(values.extensionTestsPath))],
  ];
  const folder = positionals[0];
  const query = new URLSearchParams({ payload: JSON.stringify(payload), ...(folder ? { folder } : { ew: "true" }) });
  return `${origin}/?${query}`;
}

/** The settings of the profile, which the desktop would read from the same place. */
function readSettings(userData: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(join(userData, "User", "settings.json"), "utf8")) as Record<string, unknown>;
  } catch {
    return {};
  }
}
