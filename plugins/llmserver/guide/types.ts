/** A message of the conversation as `llm.chat` gets it. */
export type Message =
  | { role: "system" | "user"; content: string }
  | { role: "assistant"; content: string; toolCalls?: ToolCall[] }
  | { role: "tool"; toolCallId: string; content: string };

/** A tool call; `arguments` is JSON. */
export type ToolCall = { id: string; name: string; arguments: string };

export type Action = "create" | "read" | "write" | "delete";

/** A tool that can be called: what `llm.chat` gets of an offer. `offer` is `plugin/name`. */
export type Tool = {
  name: string;
  offer?: string;
  action?: Action;
  description: string;
  input: Record<string, unknown>;
  examples?: { prompt: string; args: Record<string, unknown> }[];
};

/** What the guide answers for one step. */
export type GuideAnswer = { text: string; toolCalls: ToolCall[]; finish: "stop" | "tool-calls" };

/** A step of a recipe: a call (one, or one for each of a list), a text that ends the run, or a report. */
export type RecipeStep = {
  /** Under this name later steps find the result. */
  as?: string;
  /** The offer to call: `plugin/name`, or a name alone such as `repo.search`. */
  call?: string;
  args?: Record<string, unknown>;
  /** An expression that gives a list: one call for each, which `{item}` stands for. */
  each?: string;
  /** The step is left out unless this expression gives something. */
  if?: string;
  /** A failure of this call does not end the run; later steps find nothing under `as`. */
  optional?: boolean;
  /** Ends the run with this text. */
  stop?: string;
  /** Ends the run with the text of this report function. */
  report?: string;
};

/** A recipe: prompts that ask for it, and what is then done. */
export type Recipe = {
  name: string;
  title: string;
  example: string;
  /** Added to the score of its prompts; recipes that match nearly anything carry a negative one. */
  bias: number;
  prompts: string[];
  steps: RecipeStep[];
};
