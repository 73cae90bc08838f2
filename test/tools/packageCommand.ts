/** `npm run package` */
import { buildAll } from "../../esbuild.mjs";
import { makePackage } from "./package.ts";

await buildAll();
await makePackage();
