import type { EditorPort, ModelEvent, ModelPort, ModelRequest, ModelsPort } from "../../src/core/ports.ts";

/** What a model answers to its so-manyth request, counted from 1. */
export type ModelScript = (
  request: ModelRequest,
  step: number,
  signal: AbortSignal,
) => Iterable<ModelEvent> | AsyncIterable<ModelEvent>;

/** A model that plays a script; what it was asked goes into `requests`. */
export function scriptedModel(script: ModelScript, requests: ModelRequest[] = []): ModelPort {
  return {
    id: "scripted",
    label: "Scripted",
    kind: "model",
    async *stream(request, signal) {
      requests.push(structuredClone(request));
      yield* script(request, requests.length, signal);
    },
  };
}

/** The one model that there is to choose. */
export function onlyModel(model: ModelPort): ModelsPort {
  return {
    current: async () => model,
    list: async () => [],
    select: async () => {},
    onDidChange: () => ({ dispose() {} }),
  };
}

/** An editor with one open folder in which nothing is going on. */
export function quietEditor(
  folder: { readonly uri: string; readonly name: string; readonly path: string },
  trusted: () => boolean = () => true,
): EditorPort {
  return {
    focus: () => ({ visibleFiles: [] }),
    workspaceFolders: () => [folder],
    trusted,
    windowFocused: () => true,
    notify: () => {},
  };
}
