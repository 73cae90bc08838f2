/** Base64 says three bytes at a time: of a secret amid others it depends on how many bytes of its first three are another's. */
const shifts = [0, 1, 2] as const;

/**
 * The forms in which a secret stands in texts that were made of it: as it is; inside of JSON, as the usual writers of
 * it have it, and of JSON inside of JSON; in an address or a form; and its bytes in base64, also amid others, or in
 * hexadecimal digits.
 */
export function formsOf(secret: string): Set<string> {
  const json = inJson(secret);
  const bytes = new TextEncoder().encode(secret);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
  const units = secret.split("").map(escaped).join("");
  const escapes = [/[^ -~]/g, /[<>&]/g, /[<>&=']/g].map((some) => json.replace(some, escaped));
  const address = encodeURIComponent(secret.toWellFormed());
  const strict = address.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  const form = new URLSearchParams([["", secret]]).toString().slice(1);
  const every = hex.map((byte) => `%${byte}`).join("");
  return new Set([
    ...[secret, json, inJson(json), json.replaceAll("/", "\\/")],
    ...[...escapes, units, dotNet(secret), address, strict, form, every].flatMap(bothCases),
    ...shifts.flatMap((shift) => inBase64(bytes, shift)),
    ...[hex.join(""), hex.join("").toUpperCase()],
  ]);
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** JSON as .NET has it, which escapes what could mean something to a page. */
function dotNet(text: string): string {
  return text.replace(/[^ -~]|["'+<>&`]|\\/g, (unit) => (unit === "\\" ? "\\\\" : escaped(unit)));
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** With the digits of what is escaped as they are, in small letters and in large ones. */
function bothCases(text: string): string[] {
  const digits = /%[0-9a-f]{2}|\\u[0-9a-f]{4}/gi;
  const large = (code: string) => code.toUpperCase().replace("U", "u");
  return [text, text.replace(digits, (code) => code.toLowerCase()), text.replace(digits, large)];
}

/** By itself, and without the characters at both ends that also stand for what is beside it; in both alphabets. */
function inBase64(bytes: Uint8Array, shift: number): string[] {
  const whole = btoa("\0".repeat(shift) + Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const own = whole.slice(Math.ceil((shift * 4) / 3), Math.floor(((shift + bytes.length) * 4) / 3));
  const forms = shift === 0 ? [whole, whole.replace(/=+$/, ""), own] : [own];
  return forms.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]);
}
