import * as z from "zod";
import { jsonSchema, pluginName } from "./plugin/common.ts";
import { subscription } from "./plugin/events.ts";
import { interceptSpec, pointSpec } from "./plugin/intercepts.ts";
import { offer } from "./plugin/offers.ts";
import { want } from "./rules.ts";
import { versionRange } from "./version.ts";
import { workspaceName } from "./workspaceName.ts";

/** The key of Parley's part in `plugin.json`'s `extensions`. */
export const manifestNamespace = "dev.parley";

/** The identifier that a manifest of Agent Plugins 1.0.0 must carry; it is never fetched. */
export const manifestSchemaId = "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json";

/** A path inside the package: `./…`, no `..`; that it stays inside after symlinks is checked on disk. */
const packagePath = z
  .string()
  .min(3)
  .max(512)
  .regex(/^\.\/(?!(?:.*\/)?\.\.(?:\/|$)).+/, "must start with ./ and stay inside the package");

export const activationRule = z
  .string()
  .regex(
    /^(?:onStartup|onOffer|onTopic:.+|onProvides:.+)$/,
    "must be onStartup, onOffer, onTopic:<pattern> or onProvides:<capability>",
  );

/** A folder or file outside the package: absolute, below `~/`, or `${workspace}` with what is below it; no `..`. */
const outsidePath = z
  .string()
  .min(2)
  .max(512)
  .regex(
    /^(?!(?:.*[\\/])?\.\.(?:[\\/]|$))(?:\$\{workspace\}(?:\/.*)?|~\/.+|\/.+|[A-Za-z]:[\\/].+)$/,
    `must be absolute or start with ~/ or ${workspaceName}, without ..`,
  );

/** What the process wishes to reach from inside a sandbox, beside its own folders. What is not wished is not reached. */
export const sandboxWish = z.strictObject({
  reads: z.array(outsidePath).max(50).optional(),
  writes: z.array(outsidePath).max(50).optional(),
  network: z.boolean().optional(),
  processes: z.boolean().optional(),
});

/** Variables of the environment. A name with `=` in it would set another variable than the one that it names. */
const variables = z.record(z.string().regex(/^[^=]+$/, "must be the name of a variable, without ="), z.string());

/** How the process is made. `command` is one token: bare, or `./`-relative to the package. */
export const runSpec = z.union([
  z.strictObject({
    runtime: z.enum(["node", "python"]),
    entry: packagePath,
    args: z.array(z.string()).max(100).optional(),
    env: variables.optional(),
    sandbox: sandboxWish.optional(),
  }),
  z.strictObject({
    runtime: z.literal("command"),
    command: z
      .string()
      .min(1)
      .max(512)
      .regex(/^(?:\.\/[^\s/\\]\S*|[^\s/\\]+)$/, "must be one token, bare or ./-relative"),
    args: z.array(z.string()).max(100).optional(),
    env: variables.optional(),
    sandbox: sandboxWish.optional(),
  }),
]);
export type RunSpec = z.infer<typeof runSpec>;

/**
 * Those who may be named in `accepts`: `agent`, `extension`, `plugin:<name>`, or a pattern with `*`. The person is
 * always accepted.
 */
const acceptedCaller = z
  .string()
  .max(256)
  .regex(
    /^(?:\*|agent|extension|plugin:[A-Za-z0-9*._-]+)$/,
    "must be *, agent, extension or plugin:<name>, with * as any text",
  );

/**
 * Who may call some of a plugin's offers. An offer that an entry names is closed to all whom no entry names for it, whatever else they
 * are allowed; one that no entry names is open. The person and the plugin itself are always accepted.
 */
export const acceptance = z.strictObject({
  who: acceptedCaller,
  /** Names of offers, with `*` as any text; all of them where it is left out. */
  offers: z.array(z.string().min(1).max(128)).min(1).max(100).optional(),
});
export type Acceptance = z.infer<typeof acceptance>;

/** `extensions["dev.parley"]`. Strict: an unknown field is an error of the author's and is named. */
export const parleyManifest = z.strictObject({
  /** Protocol versions that the plugin speaks, for example `^1`, `1 - 2` or `^1 || ^3`. */
  parley: z.string().max(100).regex(versionRange, "must be a range of protocol versions such as ^1"),
  run: runSpec,
  activation: z.array(activationRule).max(50).default(["onOffer"]),
  offers: z.array(offer).max(500).default([]),
  intercepts: z.array(interceptSpec).max(100).default([]),
  points: z.array(pointSpec).max(100).default([]),
  subscriptions: z.array(subscription).max(500).default([]),
  features: z
    .array(z.strictObject({ title: z.string().max(100), text: z.string().max(1_000) }))
    .max(20)
    .default([]),
  wants: z.array(want).max(100).default([]),
  /** Who may call its offers, over and above the person's rules; all who have the right where it is left out. */
  accepts: z.array(acceptance).max(100).optional(),
  config: jsonSchema.optional(),
  /** Python only: a file with the packages that it needs, installed into an environment in its data folder. */
  requirements: packagePath.optional(),
  tools: z.enum(["always", "tagged"]).default("always"),
});
export type ParleyManifest = z.infer<typeof parleyManifest>;

/** The closed top level of `plugin.json`. Unknown fields are reported and ignored; any other violation rejects the plugin. */
export const packageManifest = z.object({
  $schema: z.literal(manifestSchemaId),
  name: pluginName,
  version: z.string().optional(),
  description: z.string().optional(),
  author: z
    .strictObject({ name: z.string().optional(), email: z.string().optional(), url: z.string().optional() })
    .optional(),
  homepage: z.string().optional(),
  repository: z.string().optional(),
  license: z.string().optional(),
  keywords: z.array(z.string()).optional(),
  extensions: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});
export type PackageManifest = z.infer<typeof packageManifest>;
