import { fileURLToPath } from "node:url";
import { FakeHost, pluginCommand, pluginEnvironment } from "../../support/fakeHost.ts";
import { RawPeer } from "../../support/rawPeer.ts";
import { type Case, calls, verbs } from "./cases.ts";
import { events, intercepts } from "./channelCases.ts";
import { lifecycle, raw } from "./faultCases.ts";
import { services } from "./serviceCases.ts";

/** One list of cases, two children: what the SDKs promise holds in either language. */
const children = { TypeScript: "echo.ts", Python: "echo.py" };
const groups: Record<string, Case[]> = { calls, verbs, services, events, intercepts, lifecycle };

for (const [language, file] of Object.entries(children)) {
  describe(`a plugin in ${language}`, function () {
    this.timeout(20_000);
    const entry = fileURLToPath(new URL(`./fixtures/${file}`, import.meta.url));
    let shared: FakeHost | undefined;

    /** Ended after each test, also after one that ran out of time. */
    const own: { kill(): void }[] = [];
    afterEach(() => {
      for (const one of own.splice(0)) one.kill();
    });
    after(() => shared?.kill());

    for (const [group, cases] of Object.entries(groups)) {
      describe(group, () => {
        for (const { title, own: options, run } of cases) {
          it(title, async () => {
            if (!options) shared ??= await FakeHost.start({ entry });
            const host = options ? await FakeHost.start({ ...options, entry }) : (shared as FakeHost);
            if (options) own.push(host);
            await saying(host, () => run(host));
          });
        }
      });
    }

    describe("bytes", () => {
      for (const { title, run } of raw) {
        it(title, async () => {
          const peer = new RawPeer(pluginCommand(entry), pluginEnvironment());
          own.push(peer);
          await saying(peer, () => run(peer));
        });
      }
    });
  });
}

/** Runs a case; when it fails, what the plugin wrote to stderr is printed with the failure. */
async function saying(plugin: { stderr: string }, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (plugin.stderr !== "") console.error(plugin.stderr);
    throw error;
  }
}
