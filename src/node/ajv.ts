/** Both validators of ajv in one module of our own, so that it can be loaded on first use and still be bundled. */
export { Ajv } from "ajv";
export { Ajv2020 } from "ajv/dist/2020.js";
