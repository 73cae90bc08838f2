import { runOnOwnNode } from "../tools/bootstrap.mjs";

await runOnOwnNode("../soak/soakCommand.ts");
