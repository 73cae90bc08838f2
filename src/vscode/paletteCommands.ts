import * as vscode from "vscode";
import { type Disposable, Scope } from "../base/dispose.ts";
import { asFailure, Failure } from "../base/failure.ts";
import { isJsonObject } from "../base/json.ts";
import type { Host } from "../core/host.ts";
import type { KnownOffer } from "../core/offers/registry.ts";
import { sayFailure } from "./notices.ts";
import { offerCommandId, offerCommandPrefix } from "./offerCommandId.ts";
import { paletteOffers, runForExtension, runForPerson } from "./runOffer.ts";

/**
 * VS Code commands for what plugins offer to the palette, each by the id `parley.offer.<plugin>.<offer>`. Those that an extension's
 * package.json contributes stand in the palette by themselves: the bundled plugins' do, and other extensions contribute theirs. Run
 * without arguments a command asks the person; with them (a keybinding, another extension) it answers the result.
 */
export class PaletteCommands implements Disposable {
  readonly #host: () => Promise<Host>;
  readonly #registered = new Map<string, vscode.Disposable>();
  readonly #scope = new Scope("palette commands");

  /** @param contributed ids that are in the palette before there is a host */
  constructor(host: () => Promise<Host>, contributed: readonly string[]) {
    this.#host = host;
    for (const id of contributed) if (id.startsWith(offerCommandPrefix)) this.#register(id);
  }

  /** Knows what is offered from now on. */
  follow(host: Host): void {
    const update = () => {
      for (const { plugin, offer } of declared(host)) this.#register(offerCommandId(plugin, offer));
    };
    this.#scope.add(host.offers.onDidChange(update));
    this.#scope.add(host.supervisor.onDidChange(update));
    update();
  }

  dispose(): void {
    this.#scope.dispose();
    for (const command of this.#registered.values()) command.dispose();
  }

  /** A command stays when its offer goes: its plugin may only be stopped, and what is wrong is said when it is run. */
  #register(id: string): void {
    if (this.#registered.has(id)) return;
    this.#registered.set(
      id,
      vscode.commands.registerCommand(id, async (args?: unknown) => await this.#run(id, args)),
    );
  }

  async #run(id: string, args: unknown): Promise<unknown> {
    const host = await this.#host();
    const named = declared(host).find(({ plugin, offer }) => offerCommandId(plugin, offer) === id);
    if (isJsonObject(args)) return await runForExtension(host, resolve(host, id, named), args);
    try {
      return await runForPerson(host, resolve(host, id, named));
    } catch (error) {
      if (asFailure(error, "The command").kind !== "cancelled") sayFailure(error, "The command", named?.plugin);
      return undefined;
    }
  }
}

/** What is offered to the palette by running plugins and by manifests, also of plugins that may not run yet. */
function declared(host: Host): { plugin: string; offer: string }[] {
  const stated = host.supervisor
    .list()
    .flatMap(({ name, parley }) => (parley?.offers ?? []).map((offer) => ({ plugin: name, offer })));
  return [...paletteOffers(host), ...stated].flatMap(({ plugin, offer }) =>
    offer.facets?.palette ? [{ plugin, offer: offer.name }] : [],
  );
}

/** Fails with what keeps the plugin from being called, where it is known. */
function resolve(host: Host, id: string, named: { plugin: string; offer: string } | undefined): KnownOffer {
  if (named) return host.offers.resolve(named.plugin, named.offer);
  const name = id.slice(offerCommandPrefix.length);
  throw new Failure("notFound", `No plugin offers "${name}" now.`, { todo: "The Plugins view says which are there." });
}
