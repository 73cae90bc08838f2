import { activityEntry, type FromWebview, item, type ToWebview, toWebview } from "../protocol/webview.ts";

/** What VS Code gives a webview; it can be acquired once. */
export interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/** The host, as the view sees it. */
export interface Channel {
  post(message: FromWebview): void;
  /**
   * Tells every valid message to `onMessage` and says of every other why it was refused; a snapshot is told without what is not valid
   * in it. Answers how to stop.
   */
  listen(onMessage: (message: ToWebview) => void, onRefused: (why: string) => void): () => void;
}

/** Opens the channel over VS Code's own messages; nothing reaches a listener that the schema does not allow. */
export function openChannel(api: VsCodeApi, source: Window): Channel {
  return {
    post: (message) => api.postMessage(message),
    listen(onMessage, onRefused) {
      const receive = (event: MessageEvent<unknown>) => {
        const parsed = toWebview.safeParse(event.data);
        if (parsed.success) return onMessage(parsed.data);
        onRefused(describe(event.data, parsed.error.issues[0]));
        const rest = toWebview.safeParse(withoutStrange(event.data));
        if (rest.success) onMessage(rest.data);
      };
      source.addEventListener("message", receive);
      return () => source.removeEventListener("message", receive);
    },
  };
}

/** A snapshot without the entries that are not understood: one of them must not hide all others. Nothing else is mended. */
function withoutStrange(data: unknown): unknown {
  if (typeof data !== "object" || data === null || !("type" in data) || data.type !== "snapshot") return undefined;
  const { items, activity, ...rest } = data as { items?: unknown; activity?: unknown };
  if (!Array.isArray(items) || !Array.isArray(activity)) return undefined;
  return {
    ...rest,
    items: items.filter((one) => item.safeParse(one).success),
    activity: activity.filter((one) => activityEntry.safeParse(one).success),
  };
}

function describe(data: unknown, issue: { path: PropertyKey[]; message: string } | undefined): string {
  const type = typeof data === "object" && data !== null && "type" in data ? String(data.type) : typeof data;
  const where = issue?.path.length ? ` at ${issue.path.map(String).join(".")}` : "";
  return `message "${type.slice(0, 40)}"${where}: ${issue?.message ?? "not understood"}`;
}
