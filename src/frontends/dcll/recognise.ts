import { DiagnosticError, diagnostic } from "../../diagnostics/diagnostic.js";
import type { StateDict } from "./state-dict.js";

/** A layer by its parameters' names; `dims` are its weights'. */
export interface FoundLayer {
  /** From 0 on. */
  readonly index: number;
  /** `layer1` and so on. */
  readonly name: string;
  /** What its parameters' names begin with, the dot included. */
  readonly prefix: string;
  readonly kind: "conv2d" | "linear";
  readonly dims: readonly number[];
}

/** Which training code wrote a state dict, and its layers in order. */
export interface FoundNetwork {
  readonly code: "dcll" | "decolle";
  readonly layers: readonly FoundLayer[];
}

/** Names of the parameters of layer k in each training code, and of its weights. */
const forms: readonly {
  readonly code: FoundNetwork["code"];
  readonly prefix: (k: number) => string;
  readonly weight: string;
}[] = [
  // nmi-lab/dcll, samples/pytorch_conv3L_mnist.py
  { code: "dcll", prefix: (k) => `layer${k + 1}.`, weight: "i2h.weight" },
  // the seed project: slices registered as modules, or layers
  { code: "dcll", prefix: (k) => `dcll_slices.${k}.dclllayer.`, weight: "i2h.weight" },
  { code: "dcll", prefix: (k) => `layers.${k}.`, weight: "i2h.weight" },
  // nmi-lab/decolle-public
  { code: "decolle", prefix: (k) => `LIF_layers.${k}.`, weight: "base_layer.weight" },
];

/** Finds the layers of a state dict by their names; throws a DiagnosticError where there are none. */
export function recognise(tensors: StateDict, file: string): FoundNetwork {
  for (const { code, prefix, weight } of forms) {
    const layers: FoundLayer[] = [];
    for (let index = 0; ; index++) {
      const name = `${prefix(index)}${weight}`;
      const dims = tensors.get(name)?.shape;
      if (dims === undefined) break;
      layers.push({
        index,
        name: `layer${index + 1}`,
        prefix: prefix(index),
        kind: kindOf(dims, name, file),
        dims,
      });
    }
    if (layers.length > 0) return { code, layers };
  }
  const names = [...tensors.keys()];
  const found =
    names.length === 0
      ? "no tensor"
      : names
          .slice(0, 3)
          .map((n) => `'${n}'`)
          .join(", ");
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  throw new DiagnosticError(diagnostic("dcll-no-network", { file }, { found: `${found}${more}` }));
}

function kindOf(dims: readonly number[], name: string, file: string): FoundLayer["kind"] {
  if (dims.length === 4) return "conv2d";
  if (dims.length === 2) return "linear";
  const problem = `weights of shape (${dims.join(", ")}) are neither those of Conv2d nor of Linear`;
  throw new DiagnosticError(diagnostic("dcll-parameter", { file, name }, { problem }));
}
