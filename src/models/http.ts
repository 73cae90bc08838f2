import { Failure } from "../base/failure.ts";

/** Bytes of one whole answer; a longer one is cut with `tooLarge`. */
export const longestAnswer = 64 * 1024 * 1024;
/** Bytes of an error's body that are read; the rest is left unread. */
const longestError = 64 * 1024;

/**
 * `fetch` for a server that is not trusted to behave: no redirect is followed (a key would go where the person did not
 * send it), an error's body is read up to 64 KiB, a good body up to `longestAnswer`.
 */
export async function boundedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await globalThis.fetch(input, { ...init, redirect: "manual" });
  const { status, statusText, headers } = response;
  if (!response.body || status === 304) return response;
  if (!response.ok) return new Response(await firstBytes(response.body, longestError), { status, statusText, headers });
  return new Response(response.body.pipeThrough(counting(longestAnswer)), { status, statusText, headers });
}

async function firstBytes(body: ReadableStream<Uint8Array>, limit: number): Promise<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let bytes = 0; bytes < limit; ) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.byteLength;
      text += decoder.decode(value.subarray(0, Math.max(0, limit - (bytes - value.byteLength))), { stream: true });
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  return text;
}

function counting(limit: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes <= limit) controller.enqueue(chunk);
      else controller.error(new Failure("tooLarge", `The answer is longer than ${limit / 1024 / 1024} MiB.`));
    },
  });
}
