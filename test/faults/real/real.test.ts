import { cycles } from "./cycles.ts";
import { Figures } from "./figures.ts";
import { hostKilled } from "./hostKilled.ts";
import { kills } from "./kills.ts";
import { long } from "./long.ts";
import { noise } from "./noise.ts";
import { columns } from "./rig.ts";
import { stops } from "./stops.ts";

describe("plugins as real processes", () => {
  const figures = new Figures(...columns);
  kills(figures);
  stops(figures);
  noise(figures);
  cycles(figures);
  hostKilled(figures);
  long(figures);

  after(() => {
    for (const line of figures.lines()) console.log(`    ${line}`);
  });
});
