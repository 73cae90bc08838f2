import { runOnOwnNode } from "./bootstrap.mjs";

await runOnOwnNode("./checkCommand.ts");
