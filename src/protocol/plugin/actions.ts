import * as z from "zod";
import { params } from "./common.ts";

/** `ui/notify` (plugin → host): a notification of the window, outside the conversation, that names the plugin. */
export const notifyParams = params({
  /** One or two sentences of plain text. */
  text: z.string().min(1).max(1_000),
  /** How it is shown. */
  level: z.enum(["info", "warning", "error"]).default("info"),
});
export const notifyResult = z.object({});

/** One of the answers that a question leaves. */
export const questionChoice = z.object({
  /** What the answer is called; no two choices of a question may be called the same. */
  title: z.string().min(1).max(80),
  /** A line beside it. */
  detail: z.string().max(200).optional(),
});
export type QuestionChoice = z.infer<typeof questionChoice>;

/**
 * `ui/ask` (plugin → host): a question to the person, who sees which plugin asks. The answer comes when the person has
 * answered or closed the question; the clocks of the calls that wait for it stand still meanwhile.
 */
export const askParams = params({
  /** Plain text. */
  question: z.string().min(1).max(500),
  /** In the order in which they are shown. */
  choices: z
    .array(questionChoice)
    .min(1)
    .max(20)
    .refine((choices) => new Set(choices.map(({ title }) => title)).size === choices.length, {
      message: "no two may have the same title",
    }),
});
export const askResult = z.object({
  /** `dismissed`: the person closed the question without an answer. */
  state: z.enum(["answered", "dismissed"]),
  /** The title of the choice; only when answered. */
  choice: z.string().optional(),
});

/** `editor/open` (plugin → host): shows a file. */
export const openParams = params({
  /** Relative to a workspace folder, or absolute. */
  path: z.string().min(1).max(4_096),
  /** The line to put the cursor on, 1-based. */
  line: z.number().int().min(1).optional(),
  /** Select up to the end of this line, 1-based; only with `line`. */
  endLine: z.number().int().min(1).optional(),
});
export const openResult = z.object({});

/** `editor/showDiff` (plugin → host): shows a file beside a text that it could become. Nothing is written. */
export const showDiffParams = params({
  /** As in `editor/open`; a file that does not exist is shown as empty. */
  path: z.string().min(1).max(4_096),
  /** The whole text as it would be. */
  after: z.string().max(4 * 1024 * 1024),
});
export const showDiffResult = z.object({});

/** A VS Code command's id. */
export const commandId = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\s/*]+$/, "must be a command's id, without spaces, / and *");

/** `editor/executeCommand` (plugin → host): runs a VS Code command. The right is granted for each command by its id. */
export const executeCommandParams = params({
  /** Which command. */
  command: commandId,
  /** Its arguments, as JSON. */
  args: z.array(z.unknown()).max(20).default([]),
});
export const executeCommandResult = z.object({
  /** What the command answered, if it is JSON. */
  result: z.unknown().optional(),
});

/**
 * `terminal/run` (plugin → host): runs a line in a terminal of the plugin's own, which is shown. Without the right the person
 * is asked about each line.
 */
export const runParams = params({
  /** One line for the shell; control characters are refused. */
  command: z
    .string()
    .min(1)
    .max(8_192)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
    .regex(/^[^\u0000-\u001f\u007f]+$/, "must be one line without control characters"),
  /** The folder to run it in, relative to a workspace folder or absolute; left out: the first workspace folder. */
  cwd: z.string().min(1).max(4_096).optional(),
  /** Answer when the command has ended. */
  wait: z.boolean().default(false),
});
export const runResult = z.object({
  /** `started` also where the shell does not tell when a command ends. */
  state: z.enum(["started", "ended"]),
  /** Of a command that ended, where the shell tells it. */
  exitCode: z.number().int().optional(),
});
