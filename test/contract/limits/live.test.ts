/** Limits that a person changes while a plugin runs: each holds from its next message on, over real processes and the real store. */
import assert from "node:assert/strict";
import { Puppet } from "../../support/puppet.ts";
import type { RawMessage } from "../../support/rawEnd.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";

const wants = [
  { verb: "state", target: "*", why: "for the test" },
  { verb: "state", target: "database", why: "for the test" },
];
const tooLarge = -33_006;
const timeout = -33_003;
const numbers = (count: number) =>
  `WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT ${count}) SELECT x FROM c`;

describe("a limit that is changed", function () {
  this.timeout(30_000);
  let puppet: Puppet;
  let real: RealHost;
  let limits: Record<string, unknown>;

  beforeEach(async () => {
    limits = {};
    puppet = await Puppet.make("keeper");
    real = await realHost({
      packages: (folder) => puppet.pack(folder, { wants }),
      settings: { limits: () => limits },
    });
    await puppet.start(real);
  });
  afterEach(async () => {
    await real.stop();
    puppet.close();
  });

  async function change(to: Record<string, unknown>): Promise<void> {
    limits = to;
    await real.host.settingsChanged();
  }
  const write = (key: string, bytes: number) =>
    puppet.request("state/set", { key, value: "x".repeat(bytes - key.length - 2) });
  const query = (sql: string) => puppet.request("database/query", { statements: [{ sql }] });
  const codeOf = ({ error }: RawMessage) => error?.code;

  it("holds for all that a plugin keeps: to the byte, and less can always be kept", async () => {
    await write("a", 40_000);
    await write("b", 40_000);
    await change({ plugins: { keeper: { stateTotalBytes: 65_536 } } });
    const refused = await write("c", 10);
    assert.equal(codeOf(refused), tooLarge);
    assert.deepEqual([refused.error?.data?.limit, refused.error?.data?.used], [65_536, 80_000]);
    assert.equal(codeOf(await write("b", 25_535)), undefined);
    assert.equal(codeOf(await write("c", 3)), tooLarge);
    assert.equal(codeOf(await write("b", 25_530)), undefined);
    assert.equal(codeOf(await write("c", 6)), undefined);
    await change({ stateTotalBytes: 100_000 });
    assert.equal(codeOf(await write("d", 34_464)), undefined);
    assert.equal(codeOf(await write("e", 4)), tooLarge);
  });

  it("holds for a plugin's database: its rows, their bytes, its time and its file", async () => {
    assert.equal(codeOf(await query(numbers(200))), undefined);
    await change({ databaseRows: 100 });
    assert.equal(codeOf(await query(numbers(100))), undefined);
    assert.equal(codeOf(await query(numbers(101))), tooLarge);
    await change({ databaseResultBytes: 1_024 });
    assert.equal(codeOf(await query("SELECT hex(zeroblob(400))")), undefined);
    assert.equal(codeOf(await query("SELECT hex(zeroblob(600))")), tooLarge);
    await change({ databaseMs: 100 });
    const begun = performance.now();
    assert.equal(codeOf(await query(`SELECT count(*) FROM (${numbers(1_000_000_000)})`)), timeout);
    assert.ok(performance.now() - begun < 4_000);
    await change({ databaseBytes: 65_536 });
    const { result } = await query("CREATE TABLE t (a)");
    assert.equal((result as { quota: number }).quota, 65_536);
    assert.equal(codeOf(await query("INSERT INTO t VALUES (zeroblob(100000))")), tooLarge);
    await change({});
    assert.equal(codeOf(await query("INSERT INTO t VALUES (zeroblob(100000))")), undefined);
  });
});
