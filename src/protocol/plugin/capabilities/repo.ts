import * as z from "zod";

const path = z.string().min(1);
const count = z.number().int().nonnegative();
const encoding = z.enum(["utf8", "base64"]);

/** `repo.analyze`: what a repository is made of. */
export const repoAnalyzeInput = z.object({
  path: path.optional(),
  query: z.string().optional(),
  max_files: z.number().int().min(1).max(5000).optional(),
});
export const repoAnalyzeOutput = z.object({
  files: count,
  bytes: count,
  languages: z.array(z.object({ name: z.string(), files: count, bytes: count })),
  largest: z.array(z.object({ path, bytes: count })),
  todos: z.array(z.object({ path, line: z.number().int().min(1), text: z.string() })),
  git: z.object({ branch: z.string().optional(), commit: z.string().optional(), changed: count }).optional(),
  truncated: z.boolean(),
});

/** `repo.tree`: the files and folders below one. */
export const repoTreeInput = z.object({
  path: z.string().optional(),
  depth: z.number().int().min(1).max(10).optional(),
  limit: z.number().int().min(1).max(5000).optional(),
});
export const repoTreeOutput = z.object({
  path: z.string(),
  entries: z.array(z.object({ path, type: z.enum(["file", "directory", "link"]), size: count.optional() })),
  truncated: z.boolean(),
});

/** `repo.search`: lines and columns count from 1. */
export const repoSearchInput = z.object({
  query: z.string().min(1),
  path: z.string().optional(),
  max_results: z.number().int().min(1).max(5000).optional(),
  case_sensitive: z.boolean().optional(),
  regex: z.boolean().optional(),
});
export const repoSearchOutput = z.object({
  matches: z.array(
    z.object({
      path,
      line: z.number().int().min(1),
      column: z.number().int().min(1),
      snippet: z.string().max(160),
    }),
  ),
  truncated: z.boolean(),
});

/** `repo.file.read`: by pages of lines from 1, or of bytes from 0 where the encoding is base64. */
export const repoFileReadInput = z.object({
  path,
  encoding: encoding.optional(),
  offset: z.number().int().optional(),
  limit: z.number().int().min(1).optional(),
});
export const repoFileReadOutput = z.object({
  path,
  content: z.string(),
  encoding,
  nextOffset: z.number().int().optional(),
});

/** `repo.file.write`: paths are relative to the workspace folder, or absolute inside it. */
export const repoFileWriteInput = z.object({
  path,
  content: z.string(),
  encoding: encoding.optional(),
  mode: z.enum(["overwrite", "append", "create"]).optional(),
});
export const repoFileWriteOutput = z.object({ path, bytes: count, created: z.boolean() });

/** `repo.patch`: whole files, or one unified diff over several; all or nothing. */
export const repoPatchInput = z.object({
  root: z.string().optional(),
  changes: z
    .array(
      z.object({
        path,
        content: z.string(),
        mode: z.enum(["overwrite", "append", "create", "delete"]).optional(),
      }),
    )
    .optional(),
  diff: z.string().optional(),
});
export const repoPatchOutput = z.object({
  files: z.array(z.object({ path, change: z.enum(["created", "changed", "deleted"]), added: count, removed: count })),
});

/** `repo.command`: one of the commands that the provider's settings allow, by its name. */
export const repoCommandInput = z.object({
  command: z.string().min(1),
  args: z.array(z.string()).optional(),
  timeout_seconds: z.number().int().min(1).max(7200).optional(),
});
export const repoCommandPartial = z.object({ stream: z.enum(["stdout", "stderr"]), text: z.string() });
/** `exitCode` is null where a signal ended it. */
export const repoCommandOutput = z.object({
  exitCode: z.number().int().nullable(),
  stdout: z.string(),
  stderr: z.string(),
  timedOut: z.boolean().optional(),
});

/** `repo.commit`: without paths everything that has changed. */
export const repoCommitInput = z.object({
  message: z.string().min(1),
  paths: z.array(path).optional(),
  signoff: z.boolean().optional(),
});
export const repoCommitOutput = z.object({ commit: z.string().min(1), files: count });
