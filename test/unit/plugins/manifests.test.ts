import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { manifestOf, pluginsFolder, startPlugin } from "./packages.ts";

for (const name of ["hello", "calculator", "sentinel", "conversation-monitor"]) {
  describe(`the package of ${name}`, function () {
    this.timeout(15_000);
    const manifest = manifestOf(name);

    it("has examples that fit the input of their offer", () => {
      for (const offer of manifest.offers) {
        const validate = new Ajv({ strict: false }).compile(offer.input ?? {});
        for (const { prompt, args } of offer.examples ?? []) {
          assert.ok(validate(args), `${prompt}: ${JSON.stringify(validate.errors)}`);
          for (const [, word = ""] of prompt.matchAll(/\{(\w+)\}/g))
            assert.ok(word in args, `${prompt} has no ${word}`);
        }
      }
    });

    it("names every offer and setting in its README", () => {
      const readme = readFileSync(join(pluginsFolder, name, "README.md"), "utf8");
      const settings = Object.keys((manifest.config?.properties as object | undefined) ?? {});
      for (const word of [...manifest.offers.map((offer) => offer.name), ...settings]) {
        assert.ok(readme.includes(`\`${word}\``), word);
      }
    });

    it("answers every offer and subscribes to what its manifest declares", async () => {
      const entry = "entry" in manifest.run ? manifest.run.entry.replace(/\.js$/, ".ts") : "";
      assert.ok(existsSync(join(pluginsFolder, name, entry)));
      const host = await startPlugin(name);
      try {
        const topics = host.subscriptions().map(({ topic }) => topic);
        assert.deepEqual(topics.sort(), manifest.subscriptions.map(({ topic }) => topic).sort());
        for (const offer of manifest.offers) {
          const validate = new Ajv({ strict: false }).compile(offer.output ?? {});
          for (const { args } of offer.examples ?? [{ args: undefined }]) {
            if (!args) continue;
            const result = await host.call(offer.name, args, { conversation: "c1" });
            assert.ok(validate(result), `${offer.name}: ${JSON.stringify(validate.errors)}`);
          }
        }
        assert.equal(await host.stop(), 0);
      } finally {
        host.kill();
      }
    });
  });
}
