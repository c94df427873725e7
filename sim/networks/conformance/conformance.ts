import { describe, expect, test } from "vitest";
import { builtGraph, type Graph } from "../cosim/build.js";
import { compareGolden, compareReference, type Extent, pytorchRun, type Tally } from "./pytorch.js";

/** How much of a graph to compare: a limit of ticks, or all there is. */
export interface Limits {
  readonly frames: number | "all";
  readonly ticks: number | "all";
}

/**
 * Golden = double-precision PyTorch, bit for bit. Of graphs whose weight scales are no powers of two a spike could
 * differ where |u| is within two units (2-numerics.md); here it may not, and none does.
 */
export function goldenEqualsPytorch(graphs: readonly Graph[], limits: Limits): void {
  describe.each(graphs)("$network $form", (graph) => {
    test(`golden is PyTorch's double run: ${limits.frames} frames, ${limits.ticks} ticks`, async () => {
      const { build } = await builtGraph(graph, "conformance");
      const extent = extentOf(graph, limits);
      const tally = compareGolden(graph, build, extent);
      expect(tally).toEqual(wanted(graph, extent));
    });
  });
}

/** The float64 reference simulator = double-precision PyTorch; its states are compared as reals. */
export function referenceEqualsPytorch(graphs: readonly Graph[], limits: Limits): void {
  describe.each(graphs)("$network $form", (graph) => {
    test(`reference is PyTorch's double run: ${limits.frames} frames, ${limits.ticks} ticks`, async () => {
      const { build } = await builtGraph(graph, "conformance");
      const extent = extentOf(graph, limits);
      const tally = compareReference(graph, build, extent);
      expect(tally).toEqual({ ...wanted(graph, extent), classes: 0 });
    });
  });
}

function extentOf(graph: Graph, limits: Limits): Extent {
  const { manifest } = pytorchRun(graph);
  const frames = limits.frames === "all" ? manifest.frames : limits.frames;
  return { frames, ticks: limits.ticks === "all" ? manifest.ticks : limits.ticks };
}

/** No difference, and every value of the manifest's shapes was there to be compared. */
function wanted(graph: Graph, { frames, ticks }: Extent): Tally {
  const { manifest } = pytorchRun(graph);
  const whole = ticks === manifest.ticks ? frames : 0;
  const sizes = (shapes: Readonly<Record<string, readonly number[]>>): number =>
    Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((n, size) => n * size, 1), 0);
  return {
    spikes: frames * ticks * sizes(manifest.spike_shapes),
    states: whole * sizes(manifest.state_shapes),
    logits: frames * ticks * manifest.classes.length,
    tickClasses: frames * ticks,
    classes: whole,
    differences: 0,
    first: [],
  };
}
