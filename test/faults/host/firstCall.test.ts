import assert from "node:assert/strict";
import { goOffer, putPackage } from "../../support/realHost.ts";
import { hosts } from "./rig.ts";

describe("a call that is the first thing in a conversation", () => {
  const { open, stopAll } = hosts();
  afterEach(stopAll);

  it("is carried out and kept, also where it is written down before its effect", async () => {
    const offers = [{ ...goOffer, action: "write" }];
    const real = await open({ packages: (folder) => putPackage(folder, "writer", { parley: { offers } }) });
    const { calls, conversations } = real.host;
    const conversation = await conversations.visible();
    const outcome = await calls.call({
      caller: "person",
      to: { plugin: "writer" },
      name: "go",
      args: {},
      conversation: conversation.id,
    });
    assert.equal(outcome.record.status, "succeeded");
    const kept = await real.store.loadConversation(conversation.id);
    assert.deepEqual(
      kept?.calls.map(({ name, plugin }) => [plugin, name]),
      [["writer", "go"]],
    );
  });
});
