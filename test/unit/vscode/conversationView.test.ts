import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { Failure } from "../../../src/base/failure.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { until } from "../../support/until.ts";

/** As much of VS Code as the view touches. */
const vscode = `data:text/javascript,${encodeURIComponent(
  'export const Uri = { joinPath: (base, ...parts) => [base, ...parts].join("/") }; export const commands = {};',
)}`;

/** A view as VS Code hands it over; `press` is a message of the page. */
function fakeView() {
  const pages: string[] = [];
  let receive: (message: unknown) => void = () => {};
  const webview = {
    options: {},
    cspSource: "vscode-webview:",
    asWebviewUri: (uri: string) => uri,
    onDidReceiveMessage: (listener: typeof receive) => {
      receive = listener;
      return { dispose() {} };
    },
    postMessage: async () => true,
    set html(page: string) {
      pages.push(page);
    },
  };
  const view = { webview, badge: undefined as unknown, onDidDispose: () => ({ dispose() {} }) };
  return { view, pages, press: (message: unknown) => receive(message) };
}

describe("the conversation's view", () => {
  let hooks: ReturnType<typeof registerHooks>;
  before(() => {
    hooks = registerHooks({
      resolve: (name, context, next) => (name === "vscode" ? { url: vscode, shortCircuit: true } : next(name, context)),
    });
  });
  after(() => hooks.deregister());

  const make = async (parts: () => Promise<never>) => {
    const { ConversationView } = await import("../../../src/vscode/conversationView.ts");
    const fake = fakeView();
    const view = new ConversationView("ext" as never, parts, silentLogger);
    return { ...fake, show: () => view.resolveWebviewView(fake.view as never), conversationView: view };
  };

  it("says why the host could not start, and tries again when it is told to", async () => {
    let tries = 0;
    const { pages, press, show } = await make(async () => {
      tries++;
      throw new Failure("unavailable", "No <disk>.", { todo: "Free some & wait." });
    });
    await show();
    assert.equal(pages.length, 2);
    assert.match(pages[0] ?? "", /id="root"/);
    assert.match(pages[1] ?? "", /No &lt;disk&gt;\./);
    assert.match(pages[1] ?? "", /Free some &amp; wait\./);
    press({ type: "ready" });
    press(undefined);
    assert.equal(tries, 1, "nothing else tries again");
    const type = /postMessage\(\{ type: "([^"]+)" \}\)/.exec(pages[1] ?? "")?.[1];
    press({ type });
    await until("it says so again", () => pages.length === 4);
    assert.equal(tries, 2);
  });

  it("runs nothing in that page but its own lines", async () => {
    const { pages, show } = await make(async () => {
      throw new Error("secret");
    });
    await show();
    const page = pages[1] ?? "";
    assert.doesNotMatch(page, /secret/, "a fault of ours is for the log");
    const nonce = /script-src 'nonce-(\w+)'/.exec(page)?.[1];
    assert.ok(nonce);
    assert.match(page, /default-src 'none'/);
    assert.doesNotMatch(page, /unsafe/);
    assert.equal(page.match(/<script/g)?.length, page.match(new RegExp(`<script nonce="${nonce}"`, "g"))?.length);
  });

  it("shows how many cards wait, also where it is opened later", async () => {
    const { view, show, conversationView } = await make(() => new Promise(() => {}));
    conversationView.badge(2);
    void show();
    assert.deepEqual(view.badge, { value: 2, tooltip: "Parley needs your approval" });
    conversationView.badge(0);
    assert.equal(view.badge, undefined);
  });
});
