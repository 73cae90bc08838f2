/** The checks of the documentation go red for what they are there for. */
import assert from "node:assert/strict";
import { blockProblems, readBlocks } from "../../tools/docs/blocks.ts";
import { checklistProblems, readChecklists } from "../../tools/docs/checklists.ts";
import { errorList, isSaid, readErrors } from "../../tools/docs/errors.ts";
import { brokenLinks, lostPages } from "../../tools/docs/links.ts";
import { fillPages } from "../../tools/docs/pages.ts";
import { proofProblems, readProofs, unproved } from "../../tools/docs/proofs.ts";
import { longLines, wrapped } from "../../tools/docs/prose.ts";
import { readTroubles, troubleProblems } from "../../tools/docs/trouble.ts";

const page = (text: string) => ({ "docs/new.md": text });
const about = (problems: readonly string[]) => problems.filter((problem) => problem.includes("docs/new.md"));

describe("the checks of the documentation", () => {
  it("find code that nothing runs, and take what is a file of the examples", () => {
    const code = "```ts\nawait nobody.runsThis();\n```";
    assert.match(about(blockProblems(readBlocks(), page(code))).join(), /Nothing runs .*await nobody/);
    assert.deepEqual(about(blockProblems(readBlocks(), page("```sh\nnpm start\n```\n\n```text\nsaid\n```"))), []);
    const nowhere = { folders: [], blocks: [{ page: "docs/data.md", begins: "no such code", why: "gone" }] };
    const problems = blockProblems(nowhere, {});
    assert.ok(problems.some((problem) => problem.includes('docs/data.md has no code "no such code"')));
    const twice = { folders: [], blocks: [{ page: "docs/new.md", begins: "await nobody", why: "shown" }] };
    assert.match(
      about(blockProblems(twice, page(`${code}\n\n${code}`))).join(),
      /Nothing runs/,
      "one says nothing of two",
    );
    assert.ok(problems.some((problem) => /no test that runs docs\/examples\/raw\/main\.py/.test(problem)));
  });

  it("find links that lead nowhere, pages that nothing leads to, and lines that are too long", () => {
    assert.match(about(brokenLinks(page("[x](nowhere.md)"))).join(), /nowhere\.md, which is not there/);
    assert.match(about(brokenLinks(page("[x](data.md#no-such)"))).join(), /no heading/);
    assert.deepEqual(about(brokenLinks(page("[x](data.md#state)"))), []);
    assert.match(about(lostPages(page("Alone."))).join(), /does not lead to docs\/new\.md/);
    assert.match(about(longLines(page(`${"word ".repeat(40)}`))).join(), /new\.md:1 is longer/);
    const [long, code] = ["word ".repeat(60).trim(), `\`\`\`ts\n${"x".repeat(200)}\n\`\`\``];
    assert.deepEqual(about(longLines(page(`${wrapped(long)}\n\n| ${long} |\n\n${code}`))), []);
    assert.equal(wrapped(long).replaceAll("\n", " "), long);
  });

  it("find errors and causes that nobody explains, and explanations of what is not said", () => {
    const errors = readErrors();
    const troubles = readTroubles();
    const reasons = new Map([...errors.reasons, ["newCause", "src/x.ts"]]);
    assert.match(troubleProblems(troubles, { ...errors, reasons }).join(), /the reason "newCause" of src\/x\.ts/);
    const fewer = troubles.map((group) => ({
      ...group,
      entries: group.entries.filter(({ kind }) => kind !== "conflict"),
    }));
    assert.match(troubleProblems(fewer, errors).join(), /nothing about the error "conflict"/);
    const made = { kind: "conflict", says: "The moon … is full.", why: "", todo: "" } as const;
    assert.match(troubleProblems([{ group: "", entries: [made] }], errors).join(), /which the code does not say/);
    assert.ok(isSaid(errors, 'There is no plugin "…".'));
    assert.ok(errors.texts.length > 150, "the sources' errors were found");
    assert.match(
      errorList(errors),
      /\| The plugin "…" has no offer "…"\. … \| offers\/list tells what it offers; what only/,
    );
  });

  it("find items of a checklist without a test, and lists that lost one", () => {
    const lists = readChecklists();
    assert.deepEqual(checklistProblems(lists), []);
    const [first, second] = lists;
    assert.ok(first && second);
    const [item, next, ...others] = first.items;
    assert.ok(item && next);
    const having = (...items: (typeof item)[]) => checklistProblems([{ ...first, items }, second]).join();
    assert.match(having(next, ...others), /"Between plugins" has 11 items and not 12/);
    assert.match(having(next, next, ...others), /11 items and not 12/, "one twice does not make up for another");
    assert.match(checklistProblems([first]).join(), /"From a plugin to the agent" has 0 items and not 8/);
    assert.match(having({ ...item, proofs: [] }, next, ...others), /Nothing proves/);
  });

  it("find tests that are linked and not there", () => {
    const proofs = readProofs();
    const here = "test/contract/docs/checks.test.ts";
    const problems = (title: string) =>
      proofProblems(proofs, [`${here}: ${title}`], false)
        .filter((problem) => problem.startsWith(here))
        .join();
    const gone = proofProblems(proofs, ["test/unit/gone.test.ts: x"], false);
    assert.ok(gone.includes("The test file test/unit/gone.test.ts is not there"));
    // Words of a comment alone.
    assert.match(problems("Words of a comment".concat(" alone")), /has no test "Words/);
    assert.match(problems("it("), /no title of a test, nor words of one/);
    assert.match(problems(""), /no title of a test, nor words of one/);
    assert.match(problems("in that"), /says "in that" \d+ times/, "which is meant, nobody knows");
    const itself = problems("find tests that are linked".concat(" and not there"));
    assert.doesNotMatch(itself, /has no test|times|no title/);
  });

  it("find tests that are linked and did not run, failed, or changed since", () => {
    const file = "test/contract/docs/checks.test.ts";
    const proof = `${file}: refuses what`;
    const test = { title: "a list › refuses what is no list", file, state: "passed", durationMs: 1 } as const;
    const later = Number.MAX_SAFE_INTEGER;
    assert.equal(unproved(proof, [test], later), undefined);
    assert.match(unproved(proof, [], later) ?? "", /did not run/);
    assert.match(unproved("test/unit/gone.test.ts: refuses what", [test], later) ?? "", /did not run/);
    assert.match(unproved(proof, [{ ...test, title: "a list › takes it" }], later) ?? "", /did not run/);
    assert.match(unproved(proof, [{ ...test, file: "test/contract/x.test.ts" }], later) ?? "", /did not run/);
    const other = { ...test, state: "failed" } as const;
    assert.match(unproved(proof, [test, other], later) ?? "", /failed/, "one of several that the words name");
    assert.match(unproved(proof, [{ ...test, state: "pending" as never }], later) ?? "", /failed/);
    assert.match(unproved(proof, [test], 0) ?? "", /was changed after it ran/);
    const cases = "test/contract/sdk/faultCases.ts: refuses what";
    const playing = { ...test, file: "test/contract/sdk/children.test.ts" };
    assert.equal(unproved(cases, [playing], later), undefined, "it plays the table");
    assert.match(unproved(cases, [test], later) ?? "", /did not run/, "it does not");
    const gone = { ...test, file: "test/contract/sdk/gone.test.ts" };
    assert.equal(unproved(cases, [gone, playing], later), undefined, "a file that is gone since plays nothing");
    assert.match(
      proofProblems(readProofs(), [`test/bench/none.ts: x`], true).join(),
      /suite bench has no complete results/,
    );
  });

  it("find placeholders that nothing fills, and parts that no page uses", () => {
    const { problems } = fillPages({ unusedPart: "x" });
    assert.ok(problems.includes("No page uses {{unusedPart}}"));
    assert.ok(problems.some((problem) => problem.includes("asks for {{checklists}}")));
  });
});
