import { runOnOwnNode } from "./bootstrap.mjs";

await runOnOwnNode("./testCommand.ts");
