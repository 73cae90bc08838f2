import { Failure } from "../base/failure.ts";

/** Where an endpoint is, taken apart so that nothing of it that may be secret is ever shown. */
export interface Address {
  /** `https://host:port/v1`, without a slash at the end. */
  readonly base: string;
  /** What stood behind `?`; sent with each request, never shown. */
  readonly query: Readonly<Record<string, string>>;
  /** True for this machine; such an endpoint usually needs no key. */
  readonly loopback: boolean;
}

/**
 * Reads the address of an OpenAI-compatible endpoint as people write it: a slash or `/chat/completions` at the end is
 * dropped.
 *
 * @throws Failure `invalidParams` for anything but http(s), and for an address that carries a name and password
 */
export function parseAddress(baseURL: string): Address {
  const url = URL.canParse(baseURL.trim()) ? new URL(baseURL.trim()) : undefined;
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new Failure("invalidParams", "The model's address is not an http or https URL.", {
      todo: 'Write it like "https://api.example.com/v1" or "http://127.0.0.1:11434/v1".',
    });
  }
  if (url.username || url.password) {
    throw new Failure("invalidParams", `The address of ${url.host} carries a name or a password.`, {
      todo: "Take it out of the address, and give the key when Parley: Connect a Model asks for it.",
    });
  }
  const path = url.pathname.replace(/\/+$/, "").replace(/\/chat\/completions$/, "");
  return {
    base: `${url.origin}${path}`,
    query: Object.fromEntries(url.searchParams),
    loopback: /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname),
  };
}

/** The address of one resource below it, query included. */
export function resourceURL(address: Address, path: string): string {
  const url = new URL(`${address.base}${path}`);
  for (const [name, value] of Object.entries(address.query)) url.searchParams.set(name, value);
  return url.href;
}
