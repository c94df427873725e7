import { formatOfRange, type Range } from "../../fixed/format.js";
import type { FixedModel } from "../../ir/fixed.js";
import { needed } from "./graph/needed.js";
import { isWideProduct } from "./graph/wide-product.js";
import { fits64 } from "./memory.js";

/** The first value that 64-bit lanes don't hold. */
export function tooWide(model: FixedModel): { readonly where: string; readonly bits: number } | undefined {
  const check = (where: string, range: Range) =>
    fits64(range) ? undefined : { where, bits: formatOfRange(range).width };
  for (const layer of model.layers) {
    const read = model.readouts.some((r) => r.layer === layer.name);
    const { spike, potential } = layer.post.outputs;
    const graphs = [
      ["pre", layer.pre, [layer.pre.outputs.operand]],
      ["post", layer.post, read ? [spike, potential] : [spike]],
    ] as const;
    for (const [name, graph, outputs] of graphs)
      for (const e of needed(graph, outputs)) {
        if (isWideProduct(graph, e, needed(graph, outputs))) continue;
        const found = check(`${layer.name}.${name}.${e.id}`, e.range);
        if (found !== undefined) return found;
      }
  }
  for (const readout of model.readouts) {
    const found = check(readout.name, readout.range);
    if (found !== undefined) return found;
  }
  return undefined;
}
