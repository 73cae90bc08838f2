/**
 * A workbench for browser tests: a VS Code server of its own with Parley's VSIX installed, shown in a headless browser
 * and driven with Playwright. `openWorkbench` starts everything, `close` ends everything and fails when something
 * would not end, so a test that leaves a process behind is seen.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { BrowserContext, FrameLocator, Locator, Page } from "playwright-core";
import { openBrowser } from "../../host/chromium.ts";
import { ensureServer, type ServerVariant } from "../../host/install.ts";
import { preparedExtensions } from "../../host/prepare.ts";
import { descendants, type RunningProcess } from "../../host/processes.ts";
import { type RunningServer, startServer } from "../../host/server.ts";
import { until } from "../../support/until.ts";
import { root } from "../../tools/paths.ts";
import { Questions } from "./questions.ts";

/** What a workbench is opened with; everything has a default. */
export interface WorkbenchOptions {
  /**
   * The folder to open, or a `.code-workspace` file. The folder (that of the file) is copied first, so tests may change it; `test/sample`
   * unless told, `null` for none.
   */
  folder?: string | null;
  /** Opens `folder` itself instead of a copy. */
  inPlace?: boolean;
  /** Settings of the machine that the server runs on. */
  settings?: Record<string, unknown>;
  /** Leaves Workspace Trust on, so that the workbench asks. */
  askForTrust?: boolean;
  /** The profile of server and browser. One that is given is kept by `close`, for a second workbench on the same. */
  profile?: string;
  /** For the server and all that it starts. `undefined` takes a variable away. */
  env?: Record<string, string | undefined>;
  /** The extensions folder to copy; the one with Parley's VSIX unless told. */
  extensions?: string;
  variant?: ServerVariant;
  size?: { width: number; height: number };
}

/** An open workbench. */
export interface Workbench {
  page: Page;
  context: BrowserContext;
  server: RunningServer;
  /** The folder or the `.code-workspace` file that is open; undefined when none is. */
  folder: string | undefined;
  profile: string;
  /** The content of one of Parley's webviews; `title` is the view's title when several are open. */
  webview(title?: string): FrameLocator;
  /** Runs a command through the palette, typing its whole title as in "Parley: New Conversation". */
  command(title: string): Promise<void>;
  /** Quick picks and input boxes. */
  questions: Questions;
  /**
   * Runs a command and answers what it asks. Where a question was closed by something that took the focus it begins anew, so `answers`
   * ends with the last question: what comes of it is waited for outside.
   */
  ask(title: string, answers: (questions: Questions) => Promise<unknown>): Promise<void>;
  /** Opens a file of the folder, at a line when given, and resolves once its editor shows. */
  openFile(path: string, line?: number): Promise<void>;
  /** Replaces the text of the open editor's file, as typing would, without saving. */
  typeInEditor(text: string): Promise<void>;
  /** A toast, by any text in it. */
  notification(text: string | RegExp): Locator;
  /** Where the picture of this name belongs, for one of another page than the first. */
  picture(name: string): string;
  /** Keeps a picture as `test/screenshots/NAME.png`; answers its path. */
  screenshot(name: string): Promise<string>;
  /** Reloads the window, as a person would. */
  reload(): Promise<void>;
  /** Opens one more window on the same server, for two-window tests. */
  secondWindow(): Promise<Page>;
  /** The extension host of this window; with two windows, the first one's. Waits until there is one. */
  extensionHost(): Promise<number>;
  /** Every process under the extension hosts, such as plugins. */
  children(): RunningProcess[];
  /** What the page's console said, for a test that explains a failure. */
  console: readonly string[];
  /** Ends browser and server. Throws when a process had to be killed; `expectLeftovers` is for tests that cause it. */
  close(options?: { expectLeftovers?: boolean }): Promise<void>;
}

/** Opens a workbench and resolves once it can be used and its extension host runs. */
export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const scratch = mkdtempSync(join(tmpdir(), "parley-workbench-"));
  const profile = options.profile ?? join(scratch, "profile");
  const extensionsDir = join(profile, "extensions");
  const source = options.extensions ?? preparedExtensions;
  if (!existsSync(source))
    throw new Error("Parley's VSIX is not installed yet; start the suite with `npm run test:browser`.");
  if (!existsSync(extensionsDir)) cpSync(source, extensionsDir, { recursive: true });
  const folder = openedFolder(options, scratch);

  let server: RunningServer | undefined;
  let context: BrowserContext | undefined;
  try {
    server = await startServer({
      installed: await ensureServer(options.variant),
      dataDir: join(profile, "server"),
      extensionsDir,
      trustEverything: !options.askForTrust,
      settings: options.settings,
      env: options.env,
    });
    context = await openBrowser(join(profile, "browser"), options.size);
    const page = context.pages()[0] ?? (await context.newPage());
    const said: string[] = [];
    page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => said.push(`error: ${error.message}`));
    const address = `${server.origin}/?${new URLSearchParams(opened(folder))}`;
    await page.goto(address);
    const workbench = create({ page, context, server, folder, profile, scratch, address, console: said });
    await ready(page);
    await workbench.extensionHost();
    return workbench;
  } catch (error) {
    await context?.close().catch(() => {});
    await server?.stop();
    rmSync(scratch, { recursive: true, force: true });
    throw error;
  }
}

interface Parts {
  page: Page;
  context: BrowserContext;
  server: RunningServer;
  folder: string | undefined;
  profile: string;
  scratch: string;
  address: string;
  console: string[];
}

function create(parts: Parts): Workbench {
  const { page, context, server, folder, profile, scratch, address } = parts;
  const command = (title: string) => runCommand(page, title);
  const questions = new Questions(page);
  return {
    questions,
    async ask(title, answers) {
      await questions.through(`"${title}" was answered`, async () => {
        await command(title);
        await answers(questions);
      });
    },
    page,
    context,
    server,
    folder,
    profile,
    console: parts.console,
    command,
    webview: (title) => webviewOf(page, title),
    openFile: (path, line) => openFile(page, path, line),
    async typeInEditor(text) {
      const editor = page.locator(".editor-group-container.active .monaco-editor").first();
      await until(
        "the editor took the text",
        async () => {
          await editor.locator(".view-lines").first().click({ timeout: 3_000 });
          await page.keyboard.press("ControlOrMeta+a");
          await page.keyboard.insertText(text);
          const [first = ""] = text.split("\n");
          await editor.locator(".view-line").filter({ hasText: first }).first().waitFor({ timeout: 3_000 });
          return true;
        },
        { timeoutMs: 30_000 },
      );
    },
    notification: (text) =>
      page.locator(".notification-toast, .notification-list-item").filter({ hasText: text }).first(),
    picture,
    async screenshot(name) {
      const path = picture(name);
      await page.screenshot({ path });
      return path;
    },
    async reload() {
      await page.reload();
      await ready(page);
    },
    async secondWindow() {
      const second = await context.newPage();
      await second.goto(address);
      await ready(second);
      return second;
    },
    extensionHost: () => until("an extension host runs", () => server.extensionHosts()[0], { timeoutMs: 60_000 }),
    children: () => server.extensionHosts().flatMap((pid) => descendants(pid)),
    async close({ expectLeftovers = false } = {}) {
      // Leaving the page says goodbye to the server, as closing the tab does; the hosts then end by themselves.
      await Promise.all(context.pages().map((each) => each.goto("about:blank").catch(() => {})));
      await until("the windows' hosts have ended", () => server.extensionHosts().length === 0).catch(() => {});
      await context.close();
      const left = await server.stop();
      rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
      if (left.length > 0 && !expectLeftovers)
        throw new Error(`Had to be killed after the window closed:\n${left.join("\n")}`);
    },
  };
}

function picture(name: string): string {
  mkdirSync(join(root, "test", "screenshots"), { recursive: true });
  return join(root, "test", "screenshots", `${name}.png`);
}

function openedFolder({ folder, inPlace }: WorkbenchOptions, scratch: string): string | undefined {
  if (folder === null) return undefined;
  const source = folder ?? join(root, "test", "sample");
  if (inPlace) return source;
  if (isWorkspaceFile(source)) return join(copied(dirname(source), scratch), basename(source));
  return copied(source, scratch);
}

function copied(folder: string, scratch: string): string {
  const copy = join(scratch, basename(folder));
  cpSync(folder, copy, { recursive: true });
  return copy;
}

const isWorkspaceFile = (path: string) => path.endsWith(".code-workspace");

/** What the address of a workbench says of what is open in it. */
function opened(path: string | undefined): Record<string, string> {
  if (path === undefined) return { ew: "true" };
  return isWorkspaceFile(path) ? { workspace: path } : { folder: path };
}

/** Resolves once the workbench has drawn itself and has its connection to the server. */
async function ready(page: Page): Promise<void> {
  await page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
  await page.locator(".monaco-workbench .part.activitybar .action-item").first().waitFor({ timeout: 60_000 });
  await page.locator("#status\\.host").waitFor({ timeout: 60_000 });
}

async function runCommand(page: Page, title: string): Promise<void> {
  const input = page.locator(".quick-input-widget .quick-input-box input");
  // A row's label is the title, then perhaps its keys and "recently used".
  const row = page
    .locator(`.quick-input-list [role="option"]:is([aria-label="${title}"], [aria-label^="${title}, "])`)
    .first();
  // The palette lists the commands that were known when it opened, so it is opened anew until ours is among them.
  await until(
    `the command palette shows "${title}"`,
    async () => {
      await page.keyboard.press("Escape");
      await page.keyboard.press("F1");
      await input.waitFor({ timeout: 2_000 });
      await input.fill(`>${title}`, { timeout: 2_000 });
      await row.click({ timeout: 2_000 });
      return true;
    },
    { timeoutMs: 30_000 },
  );
}

async function openFile(page: Page, path: string, line?: number): Promise<void> {
  const input = page.locator(".quick-input-widget .quick-input-box input");
  const tab = page.locator(".tab.active").filter({ hasText: basename(path) });
  await until(
    `${path} is open`,
    async () => {
      await page.keyboard.press("ControlOrMeta+p");
      await input.waitFor({ timeout: 2_000 });
      await input.fill(line ? `${path}:${line}` : path, { timeout: 2_000 });
      await page
        .locator(".quick-input-list .monaco-list-row", { hasText: basename(path) })
        .first()
        .waitFor({ timeout: 3_000 });
      await page.keyboard.press("Enter");
      await tab.waitFor({ timeout: 3_000 });
      return true;
    },
    { timeoutMs: 30_000 },
  );
}

/** VS Code draws a webview in an iframe in an iframe; the address of the outer one names the extension. */
export function webviewOf(page: Page, title?: string): FrameLocator {
  const outer = page.frameLocator('iframe.webview[src*="extensionId=parley-dev.parley"]');
  const inner = title ? outer.frameLocator(`#active-frame[title="${title}"]`) : outer.frameLocator("#active-frame");
  return inner;
}

/** Writes a file below a folder, making what lies between; for tests that change a workspace from outside. */
export function writeWorkspaceFile(folder: string, path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
}
