import { Console } from "node:console";
import process from "node:process";
import { toDisposable } from "../base/dispose.ts";
import type { ByteSink, ByteSource } from "../rpc/types.ts";

/** Where a plugin's bytes come from and go to, and how its process ends. */
export interface Transport {
  readonly source: ByteSource;
  readonly sink: ByteSink;
  /** Writes a line that is not for the channel. */
  readonly stray: (line: string) => void;
  /** Ends the process; a transport without a process of its own does nothing. */
  readonly leave: (code: number) => void;
}

/**
 * The process's own stdin and stdout as a transport. From here on stdout belongs to the channel: `console.*` and whatever else
 * writes to `process.stdout` goes to stderr, which the host keeps as the plugin's log.
 */
export function openStdio(): Transport {
  const { stdin, stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  Object.assign(console, new Console({ stdout: stderr, stderr }));
  const stray = (line: string) => void stderr.write(`${line}\n`);
  process.on("unhandledRejection", (error) =>
    stray(`Unhandled rejection: ${error instanceof Error ? error.stack : error}`),
  );

  return {
    source: {
      onData: (listener) => listen(stdin, "data", listener as (value: never) => void),
      onEnd(listener) {
        let told = false;
        const tell = (error?: Error) => {
          if (!told) listener(error);
          told = true;
        };
        const parts = [
          listen(stdin, "end", () => tell()),
          listen(stdin, "close", () => tell()),
          listen(stdin, "error", tell),
        ];
        return toDisposable(() => {
          for (const part of parts) part.dispose();
        });
      },
      pause: () => void stdin.pause(),
      resume: () => void stdin.resume(),
      dispose: () => void stdin.destroy(),
    },
    sink: {
      write: (chunk) => write(chunk),
      onDrain: (listener) => listen(stdout, "drain", listener),
      onError(listener) {
        const once = listen(stdout, "error", listener as (value: never) => void);
        // Errors after the first one tell nothing new, but must not be unhandled.
        stdout.on("error", () => {});
        return once;
      },
      end: () => {},
      dispose: () => {},
    },
    stray,
    leave: (code) => process.exit(code),
  };
}

function listen(
  emitter: NodeJS.ReadStream | NodeJS.WriteStream,
  event: string,
  listener: (value: never) => void,
): { dispose(): void } {
  const own = listener as (...values: unknown[]) => void;
  emitter.on(event, own);
  return toDisposable(() => emitter.off(event, own));
}
