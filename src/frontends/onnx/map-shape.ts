import type { Shape } from "../../ir/spiking.js";
import { printShape } from "../../ir/spiking-printer.js";
import { fail } from "./context.js";
import type { Signal } from "./signal.js";

/** Shape of ONNX dims without the batch: [1, C, H, W], [1, C, L] (a row of height 1) or [1, N]. */
export function shapeOf(dims: readonly number[]): Shape {
  const [, channels = 1, ...map] = dims;
  const [height = 1, width = 1] = map.length === 1 ? [1, map[0]] : map;
  return { channels, height, width };
}

/** Whether dims are the same channels and map, as [1, C, L] and [1, C, 1, L] are. */
export const isSameMap = (a: readonly number[], b: readonly number[]): boolean =>
  printShape(shapeOf(a)) === printShape(shapeOf(b));

/** Refuses a pool of a layer that saw it as another map than it is: it would merge other neurons. */
export function checkPool({ of, origin }: Signal & { readonly kind: "pool" }, layer: Shape): void {
  if (printShape(shapeOf(of)) === printShape(layer)) return;
  const reason = `it is a view of the layer's ${printShape(layer)}, of which windows are other neurons`;
  const hint = "pool the map as the Conv gives it, and reshape behind the pool";
  fail("onnx-shape", origin, { what: "the pooled map", have: of.join(", "), reason }, hint);
}
