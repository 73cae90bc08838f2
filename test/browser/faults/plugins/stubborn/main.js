/** Speaks the protocol by hand, because the SDK would leave when it should. */
import { spawn } from "node:child_process";

for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"]) process.on(signal, () => {});
setInterval(() => {}, 1_000);
const stay =
  "for (const s of ['SIGTERM', 'SIGHUP']) process.on(s, () => {}); setInterval(() => {}, 1000); // stubborn child";
spawn(process.execPath, ["-e", stay], { stdio: "ignore" });

let rest = Buffer.alloc(0);
process.stdin.on("data", (chunk) => {
  rest = Buffer.concat([rest, chunk]);
  for (;;) {
    const header = rest.indexOf("\r\n\r\n");
    const length = Number(/Content-Length: (\d+)/.exec(rest.subarray(0, Math.max(0, header)).toString())?.[1]);
    if (header < 0 || rest.length < header + 4 + length) return;
    const { id, method } = JSON.parse(rest.subarray(header + 4, header + 4 + length).toString());
    rest = rest.subarray(header + 4 + length);
    if (method === "initialize") answer(id, { protocolVersion: 1, plugin: { name: "stubborn" }, capabilities: {} });
    else if (method === "$/ping") answer(id, null);
  }
});

function answer(id, result) {
  const body = JSON.stringify({ jsonrpc: "2.0", id, result });
  process.stdout.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
