import type { Incoming } from "../rpc/types.ts";
import type { Channel } from "./channel.ts";
import type { CallContext } from "./context.ts";
import { type CallFacades, createCallFacades } from "./facades/facades.ts";
import type { Call } from "./offers.ts";
import { createVerbs, type Verbs } from "./verbs.ts";

/**
 * A call of one's own offer, as its handler sees it. The verbs and the signal are made when they are first asked for, because
 * most handlers need neither. Each of them may be taken out and used by itself.
 */
export class ArrivedCall implements Call, CallContext {
  readonly #channel: Channel;
  readonly #incoming: Incoming;
  #made: Verbs | undefined;
  #facades: CallFacades | undefined;

  constructor(channel: Channel, incoming: Incoming) {
    this.#channel = channel;
    this.#incoming = incoming;
  }

  get meta() {
    return this.#incoming.meta;
  }
  get caller() {
    return this.#incoming.meta.caller ?? "host";
  }
  get conversation() {
    return this.#incoming.meta.conversation;
  }
  get turn() {
    return this.#incoming.meta.turn;
  }
  get callId() {
    return this.#incoming.meta.callId;
  }
  get signal() {
    return this.#incoming.signal;
  }
  get progress(): Call["progress"] {
    const incoming = this.#incoming;
    return ({ message, percentage }) => void incoming.progress({ message, percentage });
  }
  get partial(): Call["partial"] {
    const incoming = this.#incoming;
    return (value) => incoming.progress({ partial: value });
  }

  get #verbs(): Verbs {
    this.#made ??= createVerbs(this.#channel, this);
    return this.#made;
  }
  get call() {
    return this.#verbs.call;
  }
  get stream() {
    return this.#verbs.stream;
  }
  get calls() {
    return this.#verbs.calls;
  }
  get publish() {
    return this.#verbs.publish;
  }
  get state() {
    return this.#verbs.state;
  }
  get database() {
    return this.#verbs.database;
  }
  get model() {
    return this.#verbs.model;
  }
  get agent() {
    return this.#verbs.agent;
  }
  get ui() {
    return this.#verbs.ui;
  }
  get editor() {
    return this.#verbs.editor;
  }
  get terminal() {
    return this.#verbs.terminal;
  }
  get getContent() {
    return this.#verbs.getContent;
  }
  get requestRights() {
    return this.#verbs.requestRights;
  }
  get addMessage() {
    return this.#verbs.addMessage;
  }
  get getContext() {
    return this.#verbs.getContext;
  }
  get offers() {
    return this.#verbs.offers;
  }
  get emitEvent() {
    return this.#verbs.emitEvent;
  }
  get callPlugin() {
    return this.#verbs.callPlugin;
  }
  get listPlugins() {
    return this.#verbs.listPlugins;
  }

  get #words(): CallFacades {
    this.#facades ??= createCallFacades(this.#verbs);
    return this.#facades;
  }
  get events() {
    return this.#words.events;
  }
  get commands() {
    return this.#words.commands;
  }
  get messaging() {
    return this.#words.messaging;
  }
  get storage() {
    return this.#words.storage;
  }
  get providers() {
    return this.#words.providers;
  }
  get broker() {
    return this.#words.broker;
  }
  get activity() {
    return this.#words.activity;
  }
  get actions() {
    return this.#words.actions;
  }
  get models() {
    return this.#words.models;
  }
  get CallPlugin() {
    return this.#words.CallPlugin;
  }
  get ListPlugins() {
    return this.#words.ListPlugins;
  }
  get add_message() {
    return this.#words.add_message;
  }
  get emit_event() {
    return this.#words.emit_event;
  }
  get get_context() {
    return this.#words.get_context;
  }
}
