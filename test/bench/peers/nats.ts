/** NATS: a server, and ends that speak JSON through it over TCP. Arguments: the server's program and the client's module. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FanOutCell, fanOut, type Received } from "../loop.ts";
import { Rig, serve } from "../rig.ts";

const [program, client] = process.argv.slice(2) as [string, string];
const end = join(import.meta.dirname, "natsEnd.ts");
const folder = mkdtempSync(join(tmpdir(), "parley-nats-"));
const port = await freePort();
const settings = join(folder, "nats.conf");
writeFileSync(settings, `host: "127.0.0.1"\nport: ${port}\nmax_payload: 8MB\nmax_pending: 512MB\n`);
const server = spawn(program, ["-c", settings], { stdio: ["ignore", "ignore", "pipe"] });
server.stderr.setEncoding("utf8");
await new Promise<void>((resolve, reject) => {
  server.stderr.on("data", (text: string) => text.includes("Server is ready") && resolve());
  server.on("error", reject);
  server.on("exit", (code) => reject(new Error(`nats-server ended (${code}).`)));
});

const ends: Rig[] = [];
const start = (role: string, ...more: string[]) => {
  const rig = new Rig(end, [client, String(port), role, ...more]);
  ends.push(rig);
  return rig;
};

let caller: Rig | undefined;
async function twoHopCaller(): Promise<Rig> {
  if (caller) return caller;
  const target = start("target");
  caller = start("caller");
  await Promise.all([target.ask("ready"), caller.ask("ready")]);
  return caller;
}

let publisher: Rig | undefined;
const subscribers: Rig[] = [];
async function listening(count: number): Promise<Rig[]> {
  publisher ??= start("publisher");
  while (subscribers.length < count) subscribers.push(start("subscriber", String(subscribers.length)));
  const own = subscribers.slice(0, count);
  await Promise.all([publisher, ...own].map((rig) => rig.ask("ready")));
  return own;
}

serve(
  {
    twoHop: async (cell: never) => (await twoHopCaller()).ask("twoHop", cell),
    prepareFanOut: ({ subscribers: count }: { subscribers: number }) => listening(count).then(() => {}),
    fanOut: async (cell: FanOutCell) => {
      const own = await listening(cell.subscribers);
      await Promise.all(own.map((rig) => rig.ask("arm")));
      return fanOut(
        async () => publisher?.ask("publish", cell),
        () => Promise.all(own.map((rig) => rig.ask<Received>("wait"))),
      );
    },
  },
  async () => {
    await Promise.all(ends.map((rig) => rig.stop()));
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  },
);

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
