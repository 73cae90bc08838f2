import * as vscode from "vscode";
import type { Disposable } from "../base/dispose.ts";
import { Scope } from "../base/dispose.ts";
import type { ActivityData, ActivityTopic } from "../protocol/plugin/activity.ts";
import { relative } from "./editor.ts";
import { FileChanges } from "./fileChanges.ts";

type Problem = ActivityData<"editor.diagnostics">["added"][number];
type Publish = <T extends ActivityTopic>(type: T, data: ActivityData<T>) => void;

const severities = ["error", "warning", "info", "hint"] as const;

/** How long typing is gathered into one `editor.changed`, in milliseconds. */
const gatherMs = 250;

/** Publishes what happens in the editor: problems that come and go, edits, saves, focus, and changed files. */
export function watchEditor(publish: Publish): Disposable {
  const scope = new Scope("editor events");
  const known = new Map<string, Problem[]>();
  const typing = new Map<string, { line: number; timer: NodeJS.Timeout }>();

  scope.add(
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      for (const uri of uris) {
        if (uri.scheme !== "file") continue;
        const now = vscode.languages.getDiagnostics(uri).map(problemOf);
        const before = known.get(uri.toString()) ?? [];
        known.set(uri.toString(), now);
        const added = without(now, before);
        const removed = without(before, now);
        if (added.length + removed.length === 0) continue;
        publish("editor.diagnostics", {
          uri: uri.toString(),
          path: relative(uri),
          added,
          removed,
          errors: now.filter(({ severity }) => severity === "error").length,
        });
      }
    }),
  );
  scope.add(
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length === 0 || !isWorkedOn(document)) return;
      const uri = document.uri.toString();
      const first = Math.min(...contentChanges.map(({ range }) => range.start.line + 1));
      const earlier = typing.get(uri);
      if (earlier) clearTimeout(earlier.timer);
      const line = Math.min(first, earlier?.line ?? first);
      const timer = setTimeout(() => {
        typing.delete(uri);
        publish("editor.changed", {
          uri,
          path: relative(document.uri),
          line,
          byPerson: document.isDirty || vscode.window.activeTextEditor?.document === document,
        });
      }, gatherMs);
      typing.set(uri, { line, timer });
    }),
  );
  scope.add(
    vscode.workspace.onDidSaveTextDocument((document) => {
      const { uri } = document;
      if (isWorkedOn(document)) publish("editor.saved", { uri: uri.toString(), path: relative(uri) });
    }),
  );
  scope.add(
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      const uri = editor?.document.uri;
      publish("editor.focus", uri?.scheme === "file" ? { uri: uri.toString(), path: relative(uri) } : {});
    }),
  );
  scope.add(watchFiles(publish));
  scope.add({
    dispose() {
      for (const { timer } of typing.values()) clearTimeout(timer);
    },
  });
  return scope;
}

/** Whether a file is in an open folder or shown. VS Code also writes files that are neither, such as its own settings. */
function isWorkedOn(document: vscode.TextDocument): boolean {
  if (document.uri.scheme !== "file") return false;
  if (vscode.workspace.getWorkspaceFolder(document.uri)) return true;
  return vscode.window.visibleTextEditors.some((editor) => editor.document === document);
}

/**
 * Tells of files that came, changed or went, by whomever; what VS Code is set not to watch is left out, and so is git's
 * own folder.
 */
function watchFiles(publish: Publish): Disposable {
  const watcher = vscode.workspace.createFileSystemWatcher("**/*");
  const changes = new FileChanges();
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    timer = undefined;
    const data = changes.take();
    if (data) publish("workspace.filesChanged", data);
  };
  const note = (kind: "created" | "changed" | "deleted") => (uri: vscode.Uri) => {
    if (uri.scheme !== "file" || /\/\.git(?:\/|$)/.test(uri.path)) return;
    changes.add(relative(uri), kind);
    timer ??= setTimeout(tell, gatherMs);
  };
  watcher.onDidCreate(note("created"));
  watcher.onDidChange(note("changed"));
  watcher.onDidDelete(note("deleted"));
  return {
    dispose() {
      clearTimeout(timer);
      watcher.dispose();
    },
  };
}

function problemOf(diagnostic: vscode.Diagnostic): Problem {
  return {
    severity: severities[diagnostic.severity] ?? "info",
    message: diagnostic.message.slice(0, 1_000),
    line: diagnostic.range.start.line + 1,
    source: diagnostic.source,
  };
}

/** Problems are the same when they say the same; a line that moved does not make a new one. */
function without(problems: readonly Problem[], others: readonly Problem[]): Problem[] {
  const counts = new Map<string, number>();
  const key = ({ severity, message, source }: Problem) => `${severity}\n${source}\n${message}`;
  for (const other of others) counts.set(key(other), (counts.get(key(other)) ?? 0) + 1);
  return problems.filter((problem) => {
    const left = counts.get(key(problem)) ?? 0;
    counts.set(key(problem), left - 1);
    return left <= 0;
  });
}
