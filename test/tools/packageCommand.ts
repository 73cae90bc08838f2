/** `npm run package` */
import { buildProduct } from "./childProcess.ts";
import { makePackage } from "./package.ts";

await buildProduct();
await makePackage();
