import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

/** The files of an extension as a VSIX, which is a zip; nothing is compressed. */
export function vsixOf(folder: string): Buffer {
  const files = (readdirSync(folder, { recursive: true }) as string[]).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
  const { publisher, name, version, engines } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const entries = new Map(files.map((path) => [`extension/${path}`, readFileSync(join(folder, path))]));
  const xml =
    '<?xml version="1.0" encoding="utf-8"?><PackageManifest Version="2.0.0" ' +
    'xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011"><Metadata>' +
    `<Identity Language="en-US" Id="${name}" Version="${version}" Publisher="${publisher}"/><Properties>` +
    `<Property Id="Microsoft.VisualStudio.Code.Engine" Value="${engines.vscode}"/></Properties></Metadata>` +
    '<Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation><Assets>' +
    '<Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>' +
    "</Assets></PackageManifest>";
  entries.set("extension.vsixmanifest", Buffer.from(xml));
  return zip(entries);
}

function zip(entries: ReadonlyMap<string, Buffer>): Buffer {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, content] of entries) {
    const path = Buffer.from(name.replaceAll("\\", "/"));
    // Version, flags, method, time, date, checksum, both sizes, and the lengths of name and extra: alike in both places.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(path.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    const body = Buffer.concat([Buffer.from("PK\x03\x04"), common, path, content]);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), common, rest, path]));
    bodies.push(body);
    offset += body.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries.size, 8);
  end.writeUInt16LE(entries.size, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, index, end]);
}
