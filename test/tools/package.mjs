import { runOnOwnNode } from "./bootstrap.mjs";

await runOnOwnNode("./packageCommand.ts");
