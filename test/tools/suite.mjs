import { runOnOwnNode } from "./bootstrap.mjs";

await runOnOwnNode("./suiteCommand.ts");
