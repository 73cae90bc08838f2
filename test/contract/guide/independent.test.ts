import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { bundledTools, type EvaluatedRequest, evaluate, type Verdict } from "../../unit/guide/evaluate.ts";
import { firstList } from "./firstList.ts";

const repositories = fileURLToPath(new URL("./repositories/", import.meta.url));
const actions = new Map(bundledTools().map((tool) => [tool.offer, tool.action]));
const changes = (offer: string) => actions.get(offer) !== "read";

describe("the offline guide on repositories that it was not made with", function () {
  this.timeout(180_000);

  const verdicts = new Map<string, Verdict[]>();
  const all = () => [...verdicts.values()].flat();

  before(async () => {
    for (const [name, requests] of Object.entries(firstList))
      verdicts.set(name, await evaluate(requests, { folder: `${repositories}${name}` }));
  });

  it("runs at least 80 % of the requests rightly, also of those that have something to do", () => {
    for (const [name, list] of verdicts) console.log(`      ${name}: ${figure(list)}`);
    console.log(`      together: ${figure(all())}; with something to do: ${figure(all().filter(hasSomethingToDo))}`);
    const wrong = all().flatMap(({ request, why }) => (why === undefined ? [] : [`${request.prompt}: ${why}`]));
    assert.ok(all().length >= 66, "the list is too short to say anything");
    assert.ok(share(all()) >= 0.8, wrong.join("\n"));
    assert.ok(share(all().filter(hasSomethingToDo)) >= 0.8, wrong.join("\n"));
  });

  it("changes nothing unless that was asked for, and never where it misunderstood", () => {
    for (const { request, why, calls } of all()) {
      const writes = calls.filter((call) => changes(call.offer)).map((call) => call.offer);
      if (why !== undefined || !asksForChange(request)) assert.deepEqual(writes, [], request.prompt);
    }
  });

  it("shows its three nearest examples where it runs nothing", () => {
    const idle = all().filter((verdict) => verdict.calls.length === 0);
    assert.ok(idle.length >= 10);
    for (const { request, answer } of idle)
      assert.equal(
        answer.split("\n").filter((line) => line.startsWith("- ")).length,
        3,
        `${request.prompt}: ${answer}`,
      );
  });
});

function hasSomethingToDo({ request }: Verdict): boolean {
  return request.offer !== null;
}

function asksForChange({ offer }: EvaluatedRequest): boolean {
  return offer !== null && [offer].flat().some(changes);
}

function share(list: Verdict[]): number {
  return list.filter((verdict) => verdict.why === undefined).length / list.length;
}

function figure(list: Verdict[]): string {
  const right = list.filter((verdict) => verdict.why === undefined).length;
  return `${right} of ${list.length} right (${Math.round(share(list) * 100)} %)`;
}
