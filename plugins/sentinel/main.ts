import { createPlugin } from "@parley/sdk";
import { count, list, NewProblems, type Problem } from "./problems.ts";

type Edit = { line: number; at: number; problems: NewProblems; timer?: NodeJS.Timeout };

const plugin = createPlugin();
const edits = new Map<string, Edit>();
const spoken: number[] = [];
const workspace = plugin.storage.workspace;

plugin.events.on("editor.changed", ({ data: { path, line, byPerson } }) => {
  const known = edits.get(path);
  clearTimeout(known?.timer);
  edits.delete(path);
  if (byPerson) waitForQuiet(path, { line, at: Date.now(), problems: known?.problems ?? new NewProblems() });
});

plugin.events.on("editor.diagnostics", ({ data }) => {
  const edit = edits.get(data.path);
  if (!edit) return;
  if (Date.now() - edit.at > 30_000) return void edits.delete(data.path);
  edit.problems.apply(data);
  waitForQuiet(data.path, edit);
});

plugin.offer("fix", ({ path, problems }: { path: string; problems: Problem[] }, call) => {
  const content = `Fix ${count(problems)} in ${path}, and nothing else:\n\n${list(problems)}`;
  return call.addMessage({ role: "user", intent: "wake", content });
});

plugin.offer("silence", async ({ silent = true }: { silent?: boolean }) => {
  return { silent, rev: await workspace.set("silent", silent) };
});

plugin.config.onChange(() => {}); // They are read anew for each word.

await plugin.start();

function waitForQuiet(path: string, edit: Edit): void {
  edits.set(path, edit);
  clearTimeout(edit.timer);
  const failed = (error: Error) => plugin.log.warn(`Could not tell of the errors in ${path}: ${error.message}`);
  edit.timer = setTimeout(() => void speak(path, edit).catch(failed), Number(plugin.config.get("quietMs") ?? 1_500));
}

/** Says once what the edit brought, unless it brought nothing, is silenced or has said enough for this minute. */
async function speak(path: string, edit: Edit): Promise<void> {
  const problems = edit.problems.all();
  if (problems.length === 0 || !edits.delete(path)) return;
  while (spoken[0] && spoken[0] < Date.now() - 60_000) spoken.shift();
  if (spoken.length >= Number(plugin.config.get("perMinute") ?? 5) || (await workspace.get("silent"))) return;
  spoken.push(Date.now());
  const file = path.split(/[\\/]/).at(-1);
  const headline = `${count(problems, "new ")} since your edit at ${file}:${edit.line}`;
  const fix = { title: "Fix", call: "sentinel/fix", args: { path, problems } };
  const silence = { title: "Silence", call: "sentinel/silence", args: { silent: true } };
  const dedupeKey = `${file?.slice(0, 100)}@${edit.at}`;
  const content = `${headline}\n\n${list(problems.slice(0, 5))}`;
  await plugin.addMessage({ content, actions: [fix, silence], dedupeKey });
}
