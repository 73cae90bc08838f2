import { runOnOwnNode } from "../tools/bootstrap.mjs";

await runOnOwnNode("../bench/benchCommand.ts");
