import { describe, expect, test } from "vitest";
import { graphFile } from "../networks/cosim/build.js";
import { faults, harmless } from "./faults.js";
import { layers } from "./layers.js";
import { proveSweep } from "./prove.js";
import { checkpointDesign, designOf, sweepOf, sweepsOf } from "./sweeps.js";

describe.each(Object.entries(layers))("%s", (_, layer) => {
  test.each(["pre", "post"])("%s", async (part) => {
    const sweep = sweepOf(designOf(layer()), part);
    expect(Object.keys(sweep.pipeline.outputs).sort()).toEqual(
      part === "pre" ? ["operand"] : ["potential", "spike"],
    );
    expect(await proveSweep(sweep)).toEqual({ holds: true });
  });
});

describe("seed network, traces behind the synapse", () => {
  test.each([...sweepsOf(checkpointDesign(graphFile({ network: "seed", form: "post" }, "post.qonnx.onnx")))])(
    "%s",
    async (_, sweep) => {
      expect(await proveSweep(sweep)).toEqual({ holds: true });
    },
  );
});

describe("refuted", () => {
  test.each(faults.filter((f) => !f.long))("$title", async ({ layer, part, plant }) => {
    const sweep = plant(sweepOf(designOf(layers[layer]!()), "post"));
    expect(await proveSweep(sweep)).toMatchObject({ holds: false, part });
  });
});

test.each(harmless)("not refuted: $title", async ({ layer, plant }) => {
  expect(await proveSweep(plant(sweepOf(designOf(layers[layer]!()), "post")))).toEqual({ holds: true });
});
