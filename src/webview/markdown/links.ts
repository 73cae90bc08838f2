/** Where a link leads: only to the web and to files. Anything else (`command:`, `javascript:`, `data:` …) is no link. */
export type LinkTarget =
  | { readonly kind: "web"; readonly url: string }
  | { readonly kind: "file"; readonly path: string; readonly line?: number };

/** Reads a link's address; undefined where it must not be a link. Lines are 1-based. */
export function linkTarget(href: string): LinkTarget | undefined {
  const text = href.trim();
  if (text === "" || text.startsWith("#") || text.startsWith("//") || /\p{Cc}/u.test(text)) return undefined;
  if (/^https?:\/\//i.test(text)) {
    return URL.canParse(text) ? { kind: "web", url: text } : undefined;
  }
  if (/^file:/i.test(text)) return URL.canParse(text) ? atLine(decode(fileUrlPath(new URL(text)))) : undefined;
  const windowsPath = /^[a-z]:[\\/]/i.test(text);
  const lineSuffix = /^[^/\\:?#]+\.[a-z0-9]+:\d+(?::\d+)?$/i.test(text);
  if (/^[a-z][a-z0-9+.-]*:/i.test(text) && !windowsPath && !lineSuffix) return undefined;
  return atLine(decode(text));
}

const extension = "(?:\\.[A-Za-z][A-Za-z0-9]{0,9})";
const segment = "[\\w@$+~.-]+";
const path = `(?:[A-Za-z]:[\\\\/]|\\.{0,2}/)?(?:${segment}[\\\\/])*${segment}${extension}`;
const wholeReference = new RegExp(
  `^(?:${path}:\\d+(?:[:-]\\d+)?|(?:\\.{0,2}/)?(?:${segment}/)+${segment}${extension})$`,
);
const addressInText = /\bhttps?:\/\/[^\s<>"'`]+/gi;
const referenceInText = new RegExp(`(?<![\\w/\\\\:@.-])${path}:\\d+(?::\\d+)?(?![\\w/])`, "g");

/** The file that a code span names: `src/a.ts:41`, or a path with a folder and an extension. */
export function fileReference(text: string): Extract<LinkTarget, { kind: "file" }> | undefined {
  if (text.length > 300 || !wholeReference.test(text)) return undefined;
  return atLine(text);
}

/** The places in running text that are a web address or name a file and a line, as `[from, to]`, in order. */
export function referencesIn(text: string): [number, number][] {
  if (!text.includes(":")) return [];
  const webs = Array.from(text.matchAll(addressInText), (match): [number, number] => {
    return [match.index, match.index + withoutTail(match[0]).length];
  });
  const files = Array.from(text.matchAll(referenceInText), (match): [number, number] => {
    return [match.index, match.index + match[0].length];
  });
  const outside = files.filter(([from]) => !webs.some(([start, end]) => from >= start && from < end));
  return [...webs, ...outside].sort((a, b) => a[0] - b[0]);
}

/** Without the punctuation that belongs to the sentence around an address, and a bracket that was opened before it. */
function withoutTail(address: string): string {
  const cut = address.replace(/[.,:;!?'"*_~]+$/, "");
  return cut.endsWith(")") && !cut.includes("(") ? withoutTail(cut.slice(0, -1)) : cut;
}

function atLine(text: string): Extract<LinkTarget, { kind: "file" }> | undefined {
  const match = /^(.*?)(?:#L(\d+)(?:[-C:].*)?|:(\d+)(?:[:-]\d+)?|\((\d+)(?:,\d+)?\))?$/s.exec(text);
  const name = match?.[1]?.replace(/[?#].*$/s, "");
  if (!name) return undefined;
  const line = Number(match?.[2] ?? match?.[3] ?? match?.[4] ?? 0);
  return line > 0 ? { kind: "file", path: name, line } : { kind: "file", path: name };
}

function fileUrlPath(url: URL): string {
  const local = /^\/[a-z]:\//i.test(url.pathname) ? url.pathname.slice(1) : url.pathname;
  return (url.host ? `//${url.host}${local}` : local) + url.hash;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
