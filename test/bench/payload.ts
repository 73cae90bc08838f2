/** What the bench sends: structured JSON of an exact size, the same for every stack. */

export type Payload = Record<string, unknown>;

/** An object whose JSON text has exactly so many bytes, at least 80; larger ones are lists of small records. */
export function payloadOf(bytes: number): Payload {
  const payload: { id: string; kind: string; ok: boolean; items: object[]; text: string } = {
    id: "call-1",
    kind: "echo",
    ok: true,
    items: [],
    text: "",
  };
  const left = () => bytes - JSON.stringify(payload).length;
  const item = (index: number) => ({
    n: index,
    name: `item ${index}`,
    path: `src/folder/file-${index}.ts`,
    done: index % 2 === 0,
  });
  const perItem = JSON.stringify(item(1_000)).length + 1;
  const count = Math.max(0, Math.floor((left() - 100) / perItem));
  for (let index = 0; index < count; index++) payload.items.push(item(1_000 + (index % 9_000)));
  payload.text = "x".repeat(Math.max(0, left()));
  return payload;
}

/** The part of the payload's shape that its receiver's schema states. */
export const payloadSchema = {
  type: "object",
  required: ["id", "kind", "ok", "items", "text"],
  properties: {
    id: { type: "string" },
    kind: { type: "string" },
    ok: { type: "boolean" },
    items: { type: "array" },
    text: { type: "string" },
  },
};
