import { type Call, createPlugin, PluginError } from "@parley/sdk";

interface Calculation {
  operation: "add" | "subtract" | "multiply" | "divide";
  a: number;
  b: number;
}

const plugin = createPlugin();

plugin.offer("calculate_via_hello", async (calculation: Calculation, call) => {
  const greeting = await greet(call);
  return { result: compute(calculation), ...greeting };
});

await plugin.start();

/** Calls hello. Without it the calculation goes on, with a word about why. */
async function greet(call: Call): Promise<{ callee_plugin: string | null; warning?: string }> {
  try {
    await call.call("hello/hello", { name: "calculator" }, { action: "read", timeoutMs: 10_000 });
    return { callee_plugin: "hello" };
  } catch (error) {
    if (!(error instanceof PluginError) || error.kind === "cancelled") throw error;
    const warning = `hello could not be called: ${error.message}`;
    plugin.log.warn(warning, { kind: error.kind });
    return { callee_plugin: null, warning };
  }
}

function compute({ operation, a, b }: Calculation): number {
  if (operation === "divide" && b === 0) {
    throw new PluginError("invalidParams", `${a} cannot be divided by zero.`, { todo: "Give a divisor other than 0." });
  }
  const result = { add: a + b, subtract: a - b, multiply: a * b, divide: a / b }[operation];
  if (result === undefined) throw new PluginError("invalidParams", `There is no operation "${operation}".`);
  if (Number.isFinite(result)) return result;
  throw new PluginError("invalidParams", `The result of ${operation} with ${a} and ${b} is too large for a number.`);
}
