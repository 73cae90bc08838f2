import { Failure } from "../../base/failure.ts";

/** The first word of a statement that may run. All else would leave the plugin's file, its transaction or its quota. */
const allowed: ReadonlySet<string> = new Set([
  ...["SELECT", "VALUES", "WITH", "INSERT", "REPLACE", "UPDATE", "DELETE"],
  ...["CREATE", "DROP", "ALTER", "REINDEX", "ANALYZE", "PRAGMA"],
]);

const why: Readonly<Record<string, string>> = {
  ATTACH: "a plugin's database is one file",
  DETACH: "a plugin's database is one file",
  VACUUM: "it would write a file beside the plugin's own",
  BEGIN: "the statements of one request are one transaction already",
  COMMIT: "the statements of one request are one transaction already",
  END: "the statements of one request are one transaction already",
  ROLLBACK: "the statements of one request are one transaction already; one that fails undoes all",
  SAVEPOINT: "the statements of one request are one transaction already",
  RELEASE: "the statements of one request are one transaction already",
};

const lookingPragmas =
  "table_info|table_xinfo|table_list|index_list|index_info|index_xinfo|foreign_key_list|foreign_key_check|integrity_check|quick_check";
const pragma = new RegExp(
  `^PRAGMA\\s+(?:(?:${lookingPragmas})(?:\\s*\\(\\s*(?:\\w+|'[^']*'|"[^"]*")\\s*\\))?|user_version(?:\\s*=\\s*-?\\d+)?)$`,
  "i",
);
const virtualTable = /^CREATE\s+VIRTUAL\s+TABLE\b/i;
const name = String.raw`(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|\x60(?:[^\x60]|\x60\x60)*\x60|\[[^\]]*\]|[^\s."'\x60[]+)`;
const allowedModule = new RegExp(
  String.raw`^CREATE\s+VIRTUAL\s+TABLE\s*(?:IF\s+NOT\s+EXISTS\s*)?${name}(?:\s*\.\s*${name})?\s*USING\s+(?:fts5|rtree|rtree_i32|geopoly)\b`,
  "i",
);
const trigger = /^CREATE\s+(?:TEMP\s+|TEMPORARY\s+)?TRIGGER\b/i;

/**
 * Refuses what is not one statement on the plugin's own file, before SQLite sees it. It reads the text as SQLite does: blanks,
 * comments and semicolons before the first word are nothing.
 *
 * @throws Failure `invalidParams` for what is no single statement, `denied` for what may not run
 */
export function checkStatement(sql: string): void {
  if (sql.includes("\0")) {
    throw new Failure("invalidParams", "The SQL holds a NUL character, at which SQLite would end it.", {
      todo: "Bind a blob in its place.",
    });
  }
  const { text, rest } = firstStatement(sql);
  const bare = text.replace(/^EXPLAIN\s+(?:QUERY\s+PLAN\s+)?/i, "");
  const word = /^[A-Za-z]+/.exec(bare)?.[0].toUpperCase();
  if (word === undefined) {
    throw new Failure("invalidParams", "The SQL does not begin with a statement.", {
      todo: "Begin it with SELECT, INSERT, UPDATE, DELETE, CREATE …",
    });
  }
  if (!allowed.has(word)) throw refused(word, why[word] ?? "it is not among the statements that a plugin may run");
  if (word === "PRAGMA" && !pragma.test(bare)) {
    throw refused("This PRAGMA", `only ${lookingPragmas.replaceAll("|", ", ")} and user_version may be used`);
  }
  if (virtualTable.test(bare) && !allowedModule.test(bare)) {
    throw refused("This virtual table", "only fts5, rtree and geopoly may be used");
  }
  if (!rest || (trigger.test(bare) && !holdsMoreThanTrigger(sql))) return;
  throw new Failure("invalidParams", "The SQL holds more than one statement.", {
    todo: "Send each as a statement of its own; those of one request are one transaction.",
  });
}

function refused(what: string, because: string): Failure {
  return new Failure("denied", `${what} may not be used in a plugin's database: ${because}.`, {
    todo: "Use another statement.",
    details: { rule: "database:statements" },
  });
}

/** Blanks and comments become one blank each, texts and names stay; `rest` says whether anything stands behind its end. */
function firstStatement(sql: string): { text: string; rest: boolean } {
  let text = "";
  for (let at = 0; at < sql.length; ) {
    const piece = token(sql, at);
    at += piece.length;
    if (/^(?:\s|--|\/\*)/.test(piece)) {
      if (text !== "" && !text.endsWith(" ")) text += " ";
    } else if (piece !== ";") text += piece;
    else if (text !== "") return { text: text.trim(), rest: holdsMore(sql.slice(at)) };
  }
  return { text: text.trim(), rest: false };
}

function holdsMore(sql: string): boolean {
  for (let at = 0; at < sql.length; ) {
    const piece = token(sql, at);
    if (!/^(?:\s|--|\/\*|;)/.test(piece)) return true;
    at += piece.length;
  }
  return false;
}

/** Whether anything stands behind the end of a trigger, which is where SQLite takes it to be: at the first `; END ;`. */
function holdsMoreThanTrigger(sql: string): boolean {
  let text = "";
  for (let at = 0; at < sql.length; ) {
    const piece = token(sql, at);
    at += piece.length;
    text += /^(?:\s|--|\/\*)/.test(piece) ? " " : /^['"`[]/.test(piece) ? "x" : piece;
  }
  return /; *END *;[ ;]*[^ ;]/i.test(text);
}

/** The piece that begins here: a blank, a comment, a text, a quoted name, or one character. */
function token(sql: string, at: number): string {
  const pattern =
    /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]]*\]?|[\s\S]/y;
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0] ?? sql.charAt(at);
}
