import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { manifestSchemaId } from "../../../src/protocol/manifest.ts";

/** A folder of a test's own, with the means to put things into it. */
export interface Places {
  readonly folder: string;
  at(path: string): string;
  write(path: string, text: string): string;
  /** A package that runs `main.js`; answers its root. */
  put(path: string, name: string, more?: object): string;
  remove(): void;
}

export function makePlaces(): Places {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "parley-discovery-")));
  const at = (path: string) => join(folder, path);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
    return at(path);
  };
  return {
    folder,
    at,
    write,
    put(path, name, more = {}) {
      write(`${path}/main.js`, "");
      const parley = { parley: "^1", run: { runtime: "node", entry: "./main.js" }, ...more };
      const manifest = { $schema: manifestSchemaId, name, version: "1.0.0", extensions: { "dev.parley": parley } };
      write(`${path}/plugin.json`, JSON.stringify(manifest));
      return at(path);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
