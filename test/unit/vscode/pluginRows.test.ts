import assert from "node:assert/strict";
import { deferred } from "../../../src/base/deferred.ts";
import { shadowedText } from "../../../src/vscode/shadowed.ts";
import { offerRestarts } from "../../../src/vscode/unresponsive.ts";
import { makeSupervisor, plugin, settle } from "../plugins-core/fakes.ts";

describe("the rows of plugins", () => {
  it("of a package that lost its name are told apart from the one that has it", () => {
    const { supervisor } = makeSupervisor();
    supervisor.setInstalled([plugin("p"), plugin("p", { root: "/elsewhere/p", shadowedBy: "/plugins/p" })]);
    const [used, shadowed] = supervisor.list();
    assert.equal(shadowedText(used), undefined);
    const said = shadowedText(shadowed) ?? "";
    assert.match(said, /"p" in \/elsewhere\/p is not used, because \/plugins\/p has the same name.*no process, no log/);
    for (const none of ["p", undefined, null, {}]) assert.equal(shadowedText(none), undefined);
  });

  it("of plugins that do not answer offer a restart, once for each silence", async () => {
    const asked: string[] = [];
    const restarted: string[] = [];
    let answer = deferred<boolean>();
    const look = offerRestarts({
      ask: (name) => {
        asked.push(name);
        return answer.promise;
      },
      restart: async (name) => void restarted.push(name),
    });
    const silent = { status: "degraded", unanswered: true } as const;
    look([{ name: "p", epoch: 1, health: { status: "up" } }]);
    look([{ name: "p", epoch: 1, health: { status: "degraded", detail: "its own word" } }]);
    assert.deepEqual(asked, []);
    look([{ name: "p", epoch: 1, health: silent }]);
    look([{ name: "p", epoch: 1, health: silent }]);
    assert.deepEqual(asked, ["p"]);
    answer.resolve(true);
    await settle();
    assert.deepEqual(restarted, ["p"]);

    answer = deferred<boolean>();
    look([{ name: "p", epoch: 2, health: silent }]);
    assert.deepEqual(asked, ["p", "p"]);
    look([{ name: "p", epoch: 2, health: { status: "up" } }]);
    answer.resolve(true);
    await settle();
    assert.deepEqual(restarted, ["p"], "it answered again meanwhile");

    answer = deferred<boolean>();
    look([{ name: "p", epoch: 2, health: silent }]);
    answer.resolve(false);
    await settle();
    assert.deepEqual(restarted, ["p"], "the person would rather wait");
  });
});
