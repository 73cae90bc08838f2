import { type ChildProcess, spawn } from "node:child_process";
import { RawEnd } from "./rawEnd.ts";

export type { RawMessage } from "./rawEnd.ts";

/** A process at the other end of plain bytes; the test is its host. */
export class RawPeer extends RawEnd {
  readonly child: ChildProcess;
  /** Ends with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  stderr = "";
  /** Answers what the process asks, where a test wants that; what it throws is not answered. */
  onMessage: (message: RawEnd["received"][number]) => void = () => {};

  constructor(command: readonly string[], env: Record<string, string | undefined>) {
    super();
    this.child = spawn(command[0] as string, command.slice(1), { stdio: ["pipe", "pipe", "pipe"], env });
    this.child.stdin?.on("error", () => {});
    this.child.stdout?.on("data", (chunk: Buffer) => this.feed(chunk));
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.stderr += chunk;
    });
    this.exited = new Promise((resolve) =>
      this.child.once("exit", (code, signal) => resolve(code ?? signal ?? "gone")),
    );
  }

  override write(bytes: string | Buffer): void {
    this.child.stdin?.write(bytes);
  }

  end(): void {
    this.child.stdin?.end();
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  protected override heard(message: RawEnd["received"][number]): void {
    this.onMessage(message);
  }
}
