// Serves the folder while developing.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const PORT = Number(process.env.PORT ?? 5170);

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
};

createServer((request, response) => {
  const path = request.url === "/" ? "/index.html" : request.url.split("?")[0];
  const file = join(process.cwd(), normalize(path));
  if (!file.startsWith(process.cwd()) || !existsSync(file)) {
    response.writeHead(404).end("Not found");
    return;
  }
  response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
}).listen(PORT, () => console.log(`Jotter is on http://localhost:${PORT}`));
