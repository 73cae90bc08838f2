/** The browser that shows the server's workbench: the system's Chromium or Chrome, driven headless. */
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";

/** Answers a browser's executable; on Debian as root it installs one when there is none, else it says what to install. */
export function ensureChromium(): string {
  const found = findChromium();
  if (found) return found;
  if (process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    console.log("Installing Chromium with apt-get …");
    const options = { stdio: "inherit", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } } as const;
    spawnSync("apt-get", ["update", "-q"], options);
    spawnSync("apt-get", ["install", "-q", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"], options);
    const installed = findChromium();
    if (installed) return installed;
  }
  throw new Error(
    "These tests show VS Code in a browser, and there is no Chromium or Chrome on this machine. Install one " +
      "(Debian: `apt-get install chromium`, Fedora: `dnf install chromium`, macOS: `brew install --cask google-chrome`), " +
      "or name its executable in PARLEY_CHROMIUM.",
  );
}

function findChromium(): string | undefined {
  if (process.env.PARLEY_CHROMIUM) return process.env.PARLEY_CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];
  const onPath = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  const known = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ...[process.env.PROGRAMFILES, process.env["PROGRAMFILES(X86)"], process.env.LOCALAPPDATA].flatMap((folder) =>
      folder ? [join(folder, "Google", "Chrome", "Application", "chrome.exe")] : [],
    ),
  ];
  return [...onPath, ...known].find((file) => existsSync(file));
}

/** Opens a browser on a profile folder, which keeps what a person's own browser would keep. */
export async function openBrowser(profile: string, size = { width: 1400, height: 900 }): Promise<BrowserContext> {
  const executablePath = ensureChromium();
  // A profile whose browser was killed is locked by a link to a process that is gone.
  for (const name of ["SingletonLock", "SingletonSocket", "SingletonCookie"])
    rmSync(join(profile, name), { force: true });
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: size,
    chromiumSandbox: false,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      ...["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync"],
    ],
  });
  // VS Code keeps secrets over a reload only when its server hands out a key; the bare server has no such route.
  await context.route("**/mint-key", (route) => route.fulfill({ status: 200, body: secretKey }));
  return context;
}

const secretKey = Buffer.alloc(32, 7);
