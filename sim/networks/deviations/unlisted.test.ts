import { test } from "vitest";
import { defaultConfig } from "../../../src/config/defaults.js";
import { madeUpInput, measureEffect } from "../../../src/measure/effect.js";
import { checkListed } from "../../../src/measure/unlisted.js";
import { runPipeline } from "../../../src/pipeline.js";
import { randomGraphModel } from "../../../src/testing/random-graph.js";

test("random graphs of any numbers: nothing differs unlisted", () => {
  for (let seed = 0; seed < 20; seed++) {
    for (const numbers of ["float32", "any"] as const) {
      const compiled = runPipeline(randomGraphModel(seed, numbers), {
        config: defaultConfig,
        calibration: undefined,
      });
      if (!compiled.ok) throw new Error(`seed ${seed} is refused`);
      const { trained, fixed } = compiled.value;
      checkListed(fixed, measureEffect(trained, fixed, madeUpInput(fixed, 12)), false);
    }
  }
});
