import { referencesIn } from "./links.ts";

/** The part of a Markdown tree (hast) that this plugin reads and writes. */
interface HastNode {
  type: string;
  tagName?: string;
  value?: string;
  properties?: Record<string, unknown>;
  children?: HastNode[];
}

const untouched = new Set(["a", "code", "pre"]);

/** A rehype plugin: makes links of web addresses in running text, and of what names a file and a line (`src/a.ts:41`). */
export function linkReferences() {
  return (tree: HastNode) => visit(tree);
}

function visit(node: HastNode): void {
  if (!node.children || (node.tagName !== undefined && untouched.has(node.tagName))) return;
  node.children = node.children.flatMap((child) => {
    if (child.type === "text") return linked(child);
    visit(child);
    return [child];
  });
}

function linked(node: HastNode): HastNode[] {
  const text = node.value ?? "";
  const places = referencesIn(text);
  if (places.length === 0) return [node];
  const parts: HastNode[] = [];
  let at = 0;
  for (const [from, to] of places) {
    if (from > at) parts.push({ type: "text", value: text.slice(at, from) });
    const reference = text.slice(from, to);
    const children = [{ type: "text", value: reference }];
    parts.push({ type: "element", tagName: "a", properties: { href: reference }, children });
    at = to;
  }
  if (at < text.length) parts.push({ type: "text", value: text.slice(at) });
  return parts;
}
