import { Problem } from "./problem.ts";

/** 1–64 of `a-z0-9-.`, a letter or digit at both ends, no `--` and no `..` (Agent Plugins 1.0.0). */
const pluginName = /^(?!.*(?:--|\.\.))[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$/;

/** Fails with `invalidParams` where a plugin cannot be called so; says what would do. */
export function checkName(name: string): void {
  if (pluginName.test(name)) return;
  const near = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, "-")
    .replaceAll(/^[-.]+|[-.]+$/g, "")
    .slice(0, 64);
  const hint = pluginName.test(near) ? ` Try "${near}".` : "";
  throw new Problem(
    "invalidParams",
    `"${name}" cannot be a plugin's name: it has 1–64 of a-z 0-9 - . with a letter or digit at both ends.${hint}`,
  );
}

/** Fails with `invalidParams` unless the path stays inside the plugin's folder and outside of what is copied there. */
export function checkPath(path: string): void {
  const parts = path.split("/");
  const wrong =
    path.includes("\\") || path.includes("\0") || path.includes(":")
      ? "has a character that paths of a plugin do not have"
      : parts.some((part) => part === "" || part === "." || part === "..")
        ? "does not go straight down from the plugin's folder"
        : ["node_modules", ".parley-sdk", ".git"].includes(parts[0]?.toLowerCase() ?? "")
          ? `lies in ${parts[0]}, which is not the plugin's own`
          : undefined;
  if (wrong) throw new Problem("invalidParams", `The path "${path}" ${wrong}. Give paths such as "main.ts".`);
}
