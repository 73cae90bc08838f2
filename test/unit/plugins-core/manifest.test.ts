import assert from "node:assert/strict";
import { jsonFault } from "../../../src/core/plugins/jsonPlace.ts";
import { readManifest } from "../../../src/core/plugins/manifest.ts";
import { manifestSchemaId } from "../../../src/protocol/manifest.ts";

const parley = { parley: "^1", run: { runtime: "node", entry: "./main.js" } };
const standard = { $schema: manifestSchemaId, name: "hello" };
const text = (part: object = {}, top: object = {}) =>
  JSON.stringify({ ...standard, ...top, extensions: { "dev.parley": { ...parley, ...part } } });

function problemOf(manifest: string): string {
  const reading = readManifest(manifest);
  assert.ok("problem" in reading, "it should have been rejected");
  return reading.problem;
}

describe("the manifest", () => {
  it("is read, with defaults filled in", () => {
    const reading = readManifest(`\ufeff${text({ offers: [{ name: "hi", description: "Greets.", action: "read" }] })}`);
    assert.ok(!("problem" in reading));
    assert.equal(reading.manifest.name, "hello");
    assert.deepEqual(reading.parley?.activation, ["onOffer"]);
    assert.equal(reading.parley?.offers[0]?.name, "hi");
    assert.deepEqual(reading.warnings, []);
  });

  it("of a package that knows nothing of Parley is fine", () => {
    const reading = readManifest(JSON.stringify({ ...standard, extensions: { "com.example": { any: 1 } } }));
    assert.ok(!("problem" in reading));
    assert.equal(reading.parley, undefined);
  });

  it("may have unknown fields at the top, which are told and ignored", () => {
    const reading = readManifest(text({}, { colour: "red" }));
    assert.ok(!("problem" in reading));
    assert.deepEqual(reading.warnings, ['plugin.json: the unknown field "colour" is ignored.']);
  });

  it("may have unknown fields in what it declares, which are told with their place and ignored", () => {
    const offer = {
      ...{ name: "hi", description: "Hi.", action: "read", exmaples: [], facets: { tool: true } },
      input: { type: "object", properties: { any: { "x-mine": 1 } } },
    };
    const reading = readManifest(text({ offers: [offer], config: { properties: { city: { "x-secret": true } } } }));
    assert.ok(!("problem" in reading));
    assert.deepEqual(reading.warnings, [
      'plugin.json: the unknown field "extensions["dev.parley"].offers[0].exmaples" is ignored.',
      'plugin.json: the unknown field "extensions["dev.parley"].offers[0].facets.tool" is ignored.',
    ]);
  });

  const rejected: [string, string, RegExp][] = [
    [
      "with a runtime that there is not",
      text({ run: { runtime: "nodejs", entry: "./main.js" } }),
      /run\.runtime" must be one of "node", "python", "command"$/,
    ],
    ["that is not JSON", '{\n  "name": "x",\n}', /not JSON \(line 3, column 1: a comma before } is one too many\)/],
    ["that is cut off", '{"name": "x"', /line 1, column 13: the text ends too early/],
    ["that is no object", "[]", /must be an object/],
    ["without $schema", JSON.stringify({ name: "x" }), /"\$schema" must be "https:/],
    ["without a name", JSON.stringify({ $schema: manifestSchemaId }), /"name" is missing/],
    ["with a bad name", JSON.stringify({ ...standard, name: "A--b" }), /"name" must be 1–64 of/],
    ["with a wrong type", JSON.stringify({ ...standard, keywords: "x" }), /"keywords" must be a list/],
    [
      "with an unknown author field",
      JSON.stringify({ ...standard, author: { nick: "x" } }),
      /"author" has the unknown field "nick"/,
    ],
    [
      "with an unknown Parley field",
      text({ colour: 1 }),
      /extensions\["dev\.parley"\]" has the unknown field "colour"/,
    ],
    ["with an unknown run field", text({ run: { ...parley.run, shell: true } }), /run" has the unknown field "shell"/],
    [
      "with a path outside its root",
      text({ run: { runtime: "node", entry: "./../other/main.js" } }),
      /run\.entry" must start with \.\/ and stay inside the package/,
    ],
    [
      "with an absolute path",
      text({ run: { runtime: "python", entry: "/etc/passwd" } }),
      /run\.entry" must start with \.\//,
    ],
    [
      "with a command of several words",
      text({ run: { runtime: "command", command: "rm -rf x" } }),
      /run\.command" must be one token/,
    ],
    ...["bin/x", "a/../../bin/sh", "bin\\x", "/bin/sh", ".//bin/sh", "../x"].map(
      (command): [string, string, RegExp] => [
        `with the command ${command}, which is neither bare nor of the package,`,
        text({ run: { runtime: "command", command } }),
        /run\.command" must be one token/,
      ],
    ),
    ...["PLUGIN_ROOT=/x", "=", ""].map((name): [string, string, RegExp] => [
      `with a variable named ${JSON.stringify(name)}`,
      text({ run: { ...parley.run, env: { [name]: "y" } } }),
      /run\.env/,
    ]),
    [
      "with an offer without a description",
      text({ offers: [{ name: "a", action: "read" }] }),
      /offers\[0\]\.description" is missing/,
    ],
    [
      "with a wrong action",
      text({ offers: [{ name: "a", description: "b", action: "do" }] }),
      /offers\[0\]\.action" must be one of "create", "read"/,
    ],
    [
      "with an offer twice",
      text({ offers: [1, 2].map(() => ({ name: "a", description: "b", action: "read" })) }),
      /offer "a" is there twice/,
    ],
    ...["tool.>\n\nHeld by bubblewrap.", "a\u2028b", "a\rb", "a\u202eb"].map((target): [string, string, RegExp] => [
      `with a wish for ${JSON.stringify(target)}, which would be more than a line of the sheet,`,
      text({ wants: [{ verb: "subscribe", target, why: "To hear." }] }),
      /wants\[0\]\.target" must be one line/,
    ]),
    ["with a wish without a reason", text({ wants: [{ verb: "call", target: "x/y" }] }), /wants\[0\]\.why" is missing/],
    [
      "with another protocol version",
      text({ parley: "^2" }),
      /speaks protocol version \^2, and this Parley speaks version 1/,
    ],
  ];
  for (const [what, manifest, expected] of rejected) {
    it(`${what} is rejected with one sentence`, () => assert.match(problemOf(manifest), expected));
  }
});

describe("the place where JSON breaks", () => {
  const faults: [string, string | undefined][] = [
    ['{"a": [1, -2.5e3, true, null, "\\u00e4\\n"], "b": {}}  ', undefined],
    ["", "line 1, column 1: the text ends too early"],
    ["hello", 'line 1, column 1: "hello" is no JSON value'],
    ["{'a': 1}", `line 1, column 2: a name in double quotes is missing before "'"`],
    ['{"a" 1}', 'line 1, column 6: a colon is missing before "1"'],
    ['{"a": 1\n"b": 2}', 'line 2, column 1: a comma or } is missing before "\\""'],
    ["[1, 2,]", "line 1, column 7: a comma before ] is one too many"],
    ["[01]", 'line 1, column 2: "01" is no JSON value'],
    ['["a\nb"]', "line 1, column 2: a text has no closing quote, or holds a control character"],
    ['["\\x"]', "line 1, column 3: this escape is not one of JSON's"],
    ["{} {}", "line 1, column 4: something follows the end of the JSON"],
    ["[".repeat(300), "line 1, column 202: it is nested too deeply"],
  ];
  for (const [source, expected] of faults) {
    it(`is ${expected ?? "nowhere"} for ${JSON.stringify(source.slice(0, 20))}`, () => {
      assert.equal(jsonFault(source), expected);
    });
  }

  it("agrees with the engine about what is JSON", () => {
    const pieces = ["{", "}", "[", "]", ",", ":", '"a"', "1", "-", "true", " ", "\n", '"', "\\"];
    let seed = 7;
    const next = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    for (let round = 0; round < 3_000; round++) {
      const source = Array.from({ length: next(8) }, () => pieces[next(pieces.length)]).join("");
      let valid = true;
      try {
        JSON.parse(source);
      } catch {
        valid = false;
      }
      assert.equal(jsonFault(source) === undefined, valid, JSON.stringify(source));
    }
  });
});
