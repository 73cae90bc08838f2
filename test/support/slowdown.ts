/**
 * How many times slower than alone this process gets on now, because others want the processors too: the time that a fixed amount of
 * work takes by the clock, in the processor's own time; 1 on a machine that is idle. A bound on time that is held against what a
 * real program takes is multiplied by it, measured beside it, so that the bound says something of the program and not of its neighbours.
 */
export function slowdown(workMs = 150): number {
  const begun = performance.now();
  const before = process.cpuUsage();
  const worked = () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  let sum = 0;
  while (worked() < workMs) for (let i = 0; i < 10_000; i++) sum += i;
  return Math.max(1, (performance.now() - begun) / (worked() || sum));
}

/** What a measurement in milliseconds would have been with the machine to itself: it, divided by the slowdown just before and after. */
export async function alone(measure: () => Promise<number>): Promise<number> {
  const before = slowdown();
  const ms = await measure();
  return ms / ((before + slowdown()) / 2);
}
