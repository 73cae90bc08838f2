import { fileURLToPath } from "node:url";
import { FakeHost, pluginCommand, pluginEnvironment } from "../../support/fakeHost.ts";
import { RawPeer } from "../../support/rawPeer.ts";
import { type Case, calls, verbs } from "./cases.ts";
import { events, intercepts } from "./channelCases.ts";
import { lifecycle, raw } from "./faultCases.ts";

/** One list of cases, two children: what the SDKs promise holds in either language. */
const children = { TypeScript: "echo.ts", Python: "echo.py" };
const groups: Record<string, Case[]> = { calls, verbs, events, intercepts, lifecycle };

for (const [language, file] of Object.entries(children)) {
  describe(`a plugin in ${language}`, function () {
    this.timeout(20_000);
    const entry = fileURLToPath(new URL(`./fixtures/${file}`, import.meta.url));
    let shared: FakeHost | undefined;

    after(() => shared?.kill());

    for (const [group, cases] of Object.entries(groups)) {
      describe(group, () => {
        for (const { title, own, run } of cases) {
          it(title, async () => {
            if (!own) shared ??= await FakeHost.start({ entry });
            const host = own ? await FakeHost.start({ ...own, entry }) : (shared as FakeHost);
            try {
              await run(host);
            } catch (error) {
              if (host.stderr !== "") console.error(host.stderr);
              throw error;
            } finally {
              if (own) host.kill();
            }
          });
        }
      });
    }

    describe("bytes", () => {
      for (const { title, run } of raw) {
        it(title, async () => {
          const peer = new RawPeer(pluginCommand(entry), pluginEnvironment());
          try {
            await run(peer);
          } catch (error) {
            if (peer.stderr !== "") console.error(peer.stderr);
            throw error;
          } finally {
            peer.kill();
          }
        });
      }
    });
  });
}
