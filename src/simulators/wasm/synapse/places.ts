import type { FixedLayer } from "../../../ir/fixed.js";
import type { Code } from "../asm.js";
import type { FunctionBuilder } from "../assemble.js";
import type { Sums } from "../graph.js";
import type { Lane, Memory, PixelMap } from "../memory.js";

/** A synapse to emit: its function, the module's memory, its layer and how the maps of inputs and sums lie there. */
export interface SynapseSite {
  readonly f: FunctionBuilder;
  readonly memory: Memory;
  readonly layer: FixedLayer;
  readonly input: PixelMap;
  readonly output: PixelMap;
}

/** Memory of a synapse's operands: bytes of 0 and 1, or lanes. */
export type Operand =
  | { readonly kind: "bytes"; readonly at: number }
  | { readonly kind: "lanes"; readonly at: number; readonly lane: Lane };

/** The code of a synapse and where it leaves its sums. */
export interface SynapseCode {
  readonly code: Code;
  readonly sums: Sums;
}
