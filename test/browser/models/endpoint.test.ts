import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "mocha";
import { scripts } from "../../support/openaiScripts.ts";
import { type OpenAIServer, startOpenAIServer } from "../../support/openaiServer.ts";
import { until } from "../../support/until.ts";
import { Conversation } from "../support/conversation.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("an OpenAI-compatible server in a real VS Code", () => {
  let server: OpenAIServer;
  let workbench: Workbench;
  let conversation: Conversation;

  before(async () => {
    server = await startOpenAIServer({ script: scripts.echo ?? assert.fail() });
    const endpoint = { id: "tests", label: "Test server", baseURL: server.baseURL, model: "scripted" };
    workbench = await openWorkbench({
      settings: { "parley.models.endpoints": [endpoint], "parley.model": "endpoint:tests" },
    });
    conversation = await Conversation.open(workbench);
  });
  after(async () => {
    await workbench?.close();
    await server?.close();
  });
  beforeEach(async () => {
    await conversation.beginAnew(workbench);
  });

  const use = (name: string) => {
    server.script = scripts[name] ?? assert.fail(`no script ${name}`);
  };
  const notices = () => conversation.view.locator("aside.notice");

  it("shows an answer while it comes, under the model's name", async () => {
    server.script = () => [
      { text: "The first half, " },
      { hold: true },
      { text: "and the second." },
      { finish: "stop" },
    ];
    await conversation.say("Tell me something");
    const answer = conversation.view.locator("article.message.assistant").last();
    await answer.getByText("The first half,").waitFor();
    assert.equal(await answer.getAttribute("aria-busy"), "true");
    server.release();
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /The first half, and the second\./);
    assert.match(await answer.innerText(), /Test server/);
  });

  it("stops an answer at once when the person says so, and the request with it", async () => {
    use("hang");
    await conversation.say("Think about it");
    const answer = conversation.view.locator("article.message.assistant").last();
    await answer.getByText("Thinking about it").waitFor();
    await conversation.view.getByRole("button", { name: /^Stop/ }).click();
    await conversation.settled();
    await until("the request has ended", () => server.requests.at(-1)?.abandoned === true);
    assert.match(await answer.innerText(), /Thinking about it/);
  });

  it("puts tool calls together from their pieces, two at a time, and runs them", async () => {
    use("tool-loop");
    await conversation.say('call hello_hello {"name":"Ada"}\ncall repo_file_read {"path":"src/parser.ts","limit":1}');
    await conversation.settled();
    assert.deepEqual((await conversation.tools()).sort(), ["hello", "repo.file.read"]);
    assert.match(await conversation.lastAnswer(), /The tools answered:[\s\S]*Hello, Ada![\s\S]*BinaryOperator/);
    await workbench.screenshot("models-tools");
  });

  it("asks before a write that a model wants, and tells it of a refusal", async () => {
    use("tool-loop");
    await conversation.say('call repo_file_write {"path":"made.txt","content":"made by a model"}');
    const card = conversation.approval();
    await card.getByText("made by a model").first().waitFor();
    await card.getByRole("button", { name: "Deny", exact: true }).click();
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /The person refused repoagent\/repo\.file\.write/);
  });

  it("says what to do when the key is refused, with a button that leads there", async () => {
    server.script = () => [{ status: 401, body: { error: { message: "Incorrect API key provided." } } }];
    await conversation.say("Hello");
    await conversation.settled();
    const notice = notices().last();
    assert.match(await notice.innerText(), /\(401\)[\s\S]*Check the key and run Parley: Connect a Model/);
    await workbench.screenshot("models-401");
    await notice.getByRole("button", { name: "Connect a model" }).click();
    await workbench.page.locator(".quick-input-widget").getByText("Connect a Model", { exact: true }).waitFor();
    await workbench.page.keyboard.press("Escape");
    use("echo");
    await conversation.say("And now?");
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /You said: And now\?/);
  });

  it("waits as long as the server asks with 429, says so, and goes on", async () => {
    let times: number[] = [];
    server.script = (request, nth) => {
      times = [...times, performance.now()];
      return times.length === 1
        ? [{ status: 429, headers: { "retry-after": "2" }, body: { error: { message: "Rate limit reached" } } }]
        : (scripts.echo ?? assert.fail())(request, nth);
    };
    await conversation.say("Hello");
    await notices().filter({ hasText: "Trying again in 2 s." }).waitFor();
    await workbench.screenshot("models-429");
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /You said: Hello/);
    assert.equal(times.length, 2);
    assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 1_990, "it waited the two seconds");
  });

  it("keeps what had come of an answer that is cut, and says that it was cut", async () => {
    use("cut");
    await conversation.say("Hello");
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /This answer will not be/);
    assert.match(await notices().last().innerText(), /was cut off[\s\S]*Try again/);
    await workbench.screenshot("models-cut");
    use("echo");
    await conversation.say("Once more");
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /You said: Once more/);
  });

  for (const [what, script, said] of [
    ["arguments that are no JSON", "broken-arguments", /were not a JSON object[\s\S]*Send them again/],
    ["a tool that does not exist", "unknown-tool", /There is no tool "no_such_tool"/],
  ] as const) {
    it(`shows a failed row for ${what}, tells the model, and goes on`, async () => {
      use(script);
      await conversation.say("Do something");
      await conversation.settled();
      const row = conversation.view.locator(".tool.failed").last();
      assert.match(await row.innerText(), said);
      assert.match(await conversation.lastAnswer(), /It answered: Error: /);
      assert.equal(await notices().count(), 0);
      await workbench.screenshot(`models-${script}`);
    });
  }

  it("says clearly when nothing listens at the address", async () => {
    await server.close();
    await conversation.say("Hello");
    await conversation.settled();
    assert.match(await notices().last().innerText(), /Nothing answers at http:\/\/127\.0\.0\.1:\d+\/v1/);
  });
});
