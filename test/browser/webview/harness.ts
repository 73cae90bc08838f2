import { mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { type FromWebview, fromWebview, type ToWebview } from "../../../src/protocol/webview.ts";
import { ensureChromium } from "../../host/chromium.ts";
import { until } from "../../support/until.ts";
import { root } from "../../tools/paths.ts";
import { buildView } from "./build.ts";
import { type ThemeName, themes } from "./themes.ts";

export interface ViewOptions {
  theme?: ThemeName;
  dir?: "ltr" | "rtl";
  width?: number;
  height?: number;
  reducedMotion?: boolean;
  /** A snapshot that the page itself answers to `ready`, for measuring without the way through the driver. */
  firstSnapshot?: ToWebview;
}

/** A message to the view without its number, which the harness gives like the host does. */
export type Unnumbered = ToWebview extends infer M ? (M extends ToWebview ? Omit<M, "seq"> : never) : never;

/** The conversation view in a page of its own, and a host that is played by the test. */
export interface View {
  page: Page;
  /** Tells the view something, with the next number. */
  send(message: Unnumbered): Promise<void>;
  /** Tells the view something exactly as it is. */
  sendRaw(message: unknown): Promise<void>;
  /** All that the view has said, each checked against the schema. */
  posted(): Promise<FromWebview[]>;
  /** Waits until the view says something of this type; answers the last of them. */
  said<T extends FromWebview["type"]>(type: T): Promise<Extract<FromWebview, { type: T }>>;
  /** Keeps a picture under test/screenshots/webview. */
  picture(name: string): Promise<void>;
  /** What the page complained about: errors, refused messages, violations of the Content-Security-Policy. */
  complaints: string[];
  close(): Promise<void>;
}

const types: Record<string, string> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".ttf": "font/ttf",
  ".html": "text/html",
};

/** Serves the page as a webview has it, and opens it in headless Chromium. */
export class Harness {
  readonly #server: Server;
  readonly #browser: Browser;
  readonly #origin: string;

  private constructor(server: Server, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
    this.#origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async open(): Promise<Harness> {
    const { folder } = await buildView();
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      if (url.pathname === "/") {
        response.writeHead(200, { "content-type": "text/html" });
        response.end(pageFor(url.searchParams));
        return;
      }
      const file = normalize(join(folder, url.pathname));
      readFile(file).then(
        (body) => {
          response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
          response.end(body);
        },
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const browser = await chromium.launch({
      executablePath: ensureChromium(),
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    });
    return new Harness(server, browser);
  }

  async view({
    theme = "dark",
    dir = "ltr",
    width = 420,
    height = 800,
    reducedMotion = false,
    firstSnapshot,
  }: ViewOptions = {}): Promise<View> {
    const context = await this.#browser.newContext({
      viewport: { width, height },
      reducedMotion: reducedMotion ? "reduce" : "no-preference",
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(this.#origin)) complaints.push(`asked for ${request.url()}`);
    });
    if (firstSnapshot) {
      await page.addInitScript((message) => {
        Object.assign(window, { firstSnapshot: message });
      }, firstSnapshot);
    }
    await page.goto(`${this.#origin}/?theme=${theme}&dir=${dir}`);
    let seq = firstSnapshot ? firstSnapshot.seq + 1 : 0;
    const sendRaw = (message: unknown) => page.evaluate((data) => window.postMessage(data, "*"), message);
    const posted = async () => {
      const said = await page.evaluate(() => (window as unknown as { posted: unknown[] }).posted);
      return said.map((message) => fromWebview.parse(message));
    };
    const view: View = {
      page,
      complaints,
      sendRaw,
      posted,
      send: (message) => sendRaw({ ...message, seq: seq++ }),
      said: (type) =>
        until(`the view says ${type}`, async () => {
          const found = (await posted()).findLast((message) => message.type === type);
          return found as Extract<FromWebview, { type: typeof type }> | undefined;
        }),
      async picture(name) {
        const folder = join(root, "test", "screenshots", "webview");
        mkdirSync(folder, { recursive: true });
        await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
      },
      close: () => context.close(),
    };
    await view.said("ready");
    return view;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The page as the host writes it: the strictest policy that the view needs, and nothing in the body but its root. */
function pageFor(query: URLSearchParams): string {
  const name = query.get("theme") ?? "dark";
  const { bodyClass, variables } = themes[name as ThemeName];
  const style = Object.entries(variables).map(([key, value]) => `--vscode-${key}: ${value};`);
  const policy = [
    "default-src 'none'",
    "script-src 'nonce-harness' 'self'",
    "style-src 'nonce-harness' 'self'",
    "font-src 'self'",
    "img-src 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en" dir="${query.get("dir") ?? "ltr"}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Parley</title>
<style nonce="harness">:root { ${style.join(" ")} } html { background: var(--vscode-sideBar-background); }</style>
<link rel="stylesheet" href="main.css">
<script nonce="harness">
  window.posted = [];
  window.acquireVsCodeApi = () => ({
    postMessage: (message) => {
      window.posted.push(structuredClone(message));
      if (message.type === "ready" && window.firstSnapshot) window.postMessage(window.firstSnapshot, "*");
    },
    getState: () => JSON.parse(sessionStorage.getItem("state") ?? "null") ?? undefined,
    setState: (state) => sessionStorage.setItem("state", JSON.stringify(state)),
  });
</script>
<script type="module" nonce="harness" src="main.js"></script>
</head>
<body class="${bodyClass}" data-vscode-theme-kind="${bodyClass}"><div id="root"></div></body>
</html>`;
}
