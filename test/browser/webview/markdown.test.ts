import assert from "node:assert/strict";
import * as entries from "./entries.ts";
import { stage } from "./stage.ts";
import * as states from "./states.ts";

describe("Markdown in the view", () => {
  const { view, shown, button, log } = stage();
  it("is never HTML, loads no picture, and leads nowhere but to the web and to files", async () => {
    const hostile = [
      '<img src="https://evil.example/a.png" onerror="document.title=1"> <script>document.title=2</script>',
      "![tracker](https://evil.example/b.png)",
      "[run](command:parley.stop) [js](javascript:alert(1)) [data](data:text/html,x) [odd](vscode://x)",
      "[web](https://example.com/a) and https://example.com/b. <javascript:alert(1)>",
    ].join("\n\n");
    await shown([entries.assistant("a", hostile)]);
    await view().page.getByText("<script>").waitFor();
    assert.equal(await log().locator("img, script, iframe, svg").count(), 0);
    assert.equal(await view().page.title(), "Parley");
    const addresses = await log()
      .locator("a")
      .evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    assert.deepEqual(addresses, ["https://evil.example/b.png", "https://example.com/a", "https://example.com/b"]);
    await log().getByText("run", { exact: true }).click();
    assert.deepEqual(
      (await view().posted()).map(({ type }) => type),
      ["ready"],
    );
  });

  it("opens files from links, code spans and running text at their line", async () => {
    await shown([
      entries.assistant(
        "a",
        "See [lexer](src/lexer.ts#L12), `src/parser.ts:41`, and main.py:7 too; `parse` is no file.",
      ),
    ]);
    for (const [name, path, line] of [
      ["lexer", "src/lexer.ts", 12],
      ["src/parser.ts:41", "src/parser.ts", 41],
      ["main.py:7", "main.py", 7],
    ] as const) {
      await button(name).click();
      assert.deepEqual(await view().said("openFile"), { type: "openFile", path, line });
    }
    assert.equal(await button(/^parse$/).count(), 0);
  });

  it("copies and inserts code as it was written", async () => {
    const code = 'if (a < b && c) {\n\n  print("x");\n}';
    await shown([entries.assistant("a", `\`\`\`ts\n${code}\n\`\`\``)]);
    await button("Insert at cursor").click();
    assert.deepEqual(await view().said("insert"), { type: "insert", text: code });
    await button("Copy code").click();
    await button("Copied").waitFor();
    assert.equal(await view().page.evaluate(() => navigator.clipboard.readText()), code);
    await view().page.locator(".tok-control").waitFor();
    assert.equal(await log().locator("pre.code").textContent(), code);
  });

  it("lets long code be selected line by line", async () => {
    const code = Array.from({ length: 130 }, (_, index) => (index % 7 === 3 ? "" : `let a${index};`)).join("\n");
    await shown([entries.assistant("a", `\`\`\`ts\n${code}\n\`\`\``)]);
    await view().page.locator(".tok-keyword").last().waitFor();
    const selected = await log()
      .locator("pre.code")
      .evaluate((pre) => {
        window.getSelection()?.selectAllChildren(pre);
        return window.getSelection()?.toString();
      });
    assert.equal(selected, code);
  });

  it("shows a stream as it comes, with its code coloured line by line", async () => {
    await shown([entries.assistant("a", "", { streaming: true })], states.running);
    for (const piece of states.reply.match(/[\s\S]{1,37}/g) ?? []) {
      await view().send({ type: "text", conversation: "c1", id: "a", text: piece });
    }
    await view().page.getByText("removed the double").waitFor();
    await view().page.locator(".tok-keyword", { hasText: "function" }).waitFor();
    assert.equal(await log().getByRole("table").count(), 1);
    await view().send({ type: "item", conversation: "c1", item: entries.assistant("a", states.reply) });
    await view().page.locator(".streaming").waitFor({ state: "detached" });
    assert.equal(await log().locator(".tok-comment").first().textContent(), "// src/parser.ts");
  });
});
