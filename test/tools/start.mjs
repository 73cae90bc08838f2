import { runOnOwnNode } from "./bootstrap.mjs";

await runOnOwnNode("./startCommand.ts");
