import { runOnOwnNode } from "./bootstrap.mjs";

await runOnOwnNode("./docs.ts");
