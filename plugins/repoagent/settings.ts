/** The part of the configuration that the file tools read; the manifest's `config` schema describes it to a person. */
export type Settings = {
  /** The folder that relative paths start from; empty means the first workspace folder. */
  defaultRoot: string;
  /** Further folders that the tools may touch, absolute. */
  workspaceRoots: string[];
  /** The most files that one search or listing looks at. */
  maxFiles: number;
  /** Globs over paths relative to a root; what they match is neither listed, read nor written. */
  ignoreGlobs: string[];
};

export const defaultIgnoreGlobs = [
  "**/.git",
  "**/node_modules",
  "**/dist",
  "**/coverage",
  "**/__pycache__",
  "**/.venv",
  "**/.vscode-test",
];

/** Reads settings leniently: a value of the wrong type counts as not set. */
export function readSettings(config: Record<string, unknown>): Settings {
  const maxFiles = config.maxFiles;
  return {
    defaultRoot: typeof config.defaultRoot === "string" ? config.defaultRoot : "",
    workspaceRoots: strings(config.workspaceRoots) ?? [],
    maxFiles: typeof maxFiles === "number" && maxFiles >= 1 ? Math.floor(maxFiles) : 50_000,
    ignoreGlobs: strings(config.ignoreGlobs) ?? defaultIgnoreGlobs,
  };
}

function strings(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string" && item !== "") : undefined;
}
