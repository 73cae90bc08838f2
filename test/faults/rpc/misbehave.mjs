// A process at the other end of a channel that behaves as its first argument says. Plain JavaScript, no Parley code: what it
// writes is exactly what stands here.
import { spawn } from "node:child_process";
import { closeSync } from "node:fs";

const frame = (message) => {
  const body = typeof message === "string" ? message : JSON.stringify(message);
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};
const write = (data) => new Promise((resolve) => process.stdout.write(data, resolve));
const tell = (text) => frame({ jsonrpc: "2.0", method: "tell", params: { text } });

/** Answers each request with its own value, as a good peer does. */
function serve() {
  let buffer = Buffer.alloc(0);
  process.stdin.on("data", (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const end = buffer.indexOf("\r\n\r\n");
      if (end === -1) return;
      const length = Number(/\d+/.exec(buffer.toString("latin1", 0, end))[0]);
      if (buffer.length < end + 4 + length) return;
      const message = JSON.parse(buffer.toString("utf8", end + 4, end + 4 + length));
      buffer = buffer.subarray(end + 4 + length);
      if (message.id !== undefined && message.method === "echo") {
        process.stdout.write(frame({ jsonrpc: "2.0", id: message.id, result: message.params.value }));
      }
    }
  });
}

const stayAlive = () => setInterval(() => {}, 60_000);

const behaviours = {
  serve,
  async garbage() {
    await write("Warning: something is deprecated\n\u0000\u0001\u0002 binary \u001b[31mred\u001b[0m\n");
    await write(Buffer.from([0xff, 0xfe, 0x0a, 0xc3, 0x28, 0x0d, 0x0a]));
    await write("Content-Length: nonsense\r\n\r\n");
    await write(frame("{ this is not JSON }"));
    await write("no line end");
    serve();
  },
  async half() {
    await write(tell("whole"));
    await write(tell("half").slice(0, -10));
    process.exit(3);
  },
  async huge() {
    await write(`Content-Length: ${16 * 1024 * 1024 + 1}\r\n\r\n${"x".repeat(100_000)}`);
    stayAlive();
  },
  async flood() {
    let sent = 0;
    const start = Date.now();
    while (sent < 20_000) {
      const due = Math.min(20_000, (Date.now() - start + 1) * 10);
      let batch = "";
      for (; sent < due; sent++) batch += tell(String(sent));
      await write(batch);
      await new Promise((resolve) => setImmediate(resolve));
    }
    serve();
  },
  deaf() {
    stayAlive();
  },
  async loudAndDeaf() {
    for (let id = 0; ; id++) await write(frame({ jsonrpc: "2.0", id, method: "nonsense" }));
  },
  async shutsInput() {
    closeSync(0);
    await write(tell("shut"));
    stayAlive();
  },
  async leavesGrandchild() {
    const grandchild = spawn(process.execPath, ["-e", "setTimeout(() => {}, 20000)"], {
      stdio: ["ignore", "inherit", "ignore"],
    });
    await write(tell(String(grandchild.pid)));
    process.exit(0);
  },
};

await behaviours[process.argv[2]]();
