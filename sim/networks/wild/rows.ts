import type { ConfigFile } from "../../../src/config/schema.js";

/** A network that is taken: its file in ../shared/data/wild, and what is held against its expected values. */
export interface Row {
  readonly file: string;
  /** Spikes of golden that may be others than expected: what rounding to 8 bits does, no more than was measured. */
  readonly mostDiffer: number;
  /** What is compiled with, beside a network file of the same name; all readouts, where nothing is said. */
  readonly config?: ConfigFile;
  /** Readout → the expected array of its logits. */
  readonly logits?: Readonly<Record<string, string>>;
  /** The expected array of the last readout's class of each sample; of counts, where nothing is said. */
  readonly classes?: string;
  /** Ticks of the Verilog in `make test`: of a few rows alone; wild.long.test.ts runs all of every row. */
  readonly rtl?: number;
}

/** A network that is refused: the diagnostic's code, the node that it names, and words that say why. */
export interface Refusal {
  readonly file: string;
  readonly code: string;
  readonly node?: string;
  readonly says: RegExp;
}

/** The files of real exporters that are taken, a line each (`../shared/data/wild/README.md` says what is special). */
export const rows: readonly Row[] = [
  { file: "torch29-default.onnx", mostDiffer: 132 },
  { file: "snntorch-leaky-torchscript.onnx", mostDiffer: 35 },
  { file: "brevitas-snntorch-torchscript.onnx", mostDiffer: 0 },
  { file: "spikingjelly-lif-hard.onnx", mostDiffer: 0 },
  { file: "norse-lif.onnx", mostDiffer: 2 },
  { file: "snntorch-synaptic-zero.onnx", mostDiffer: 7 },
  { file: "decolle-step-renamed.onnx", logits: { o_r_0: "o_r_0", o_r_1: "o_r_1" }, mostDiffer: 1730 },
  { file: "readout-mem-minus-threshold.onnx", logits: { logits: "logits" }, mostDiffer: 0 },
  { file: "conv1d-iq.onnx", mostDiffer: 69 },
  { file: "clamp-membrane.onnx", mostDiffer: 9 },
  { file: "heaviside.onnx", mostDiffer: 0 },
  { file: "qcdq-quantised-membrane.onnx", mostDiffer: 0, rtl: 8 },
  { file: "spike-count.onnx", mostDiffer: 3, rtl: 16 },
  {
    file: "decolle-epoch00001.tar",
    logits: { "layer1.readout": "o_r_0", "layer2.readout": "o_r_1" },
    classes: "classes_majority",
    mostDiffer: 2000,
  },
  {
    file: "li-readout.onnx",
    logits: { logits: "logits" },
    classes: "classes_last",
    mostDiffer: 0,
    rtl: 16,
  },
  { file: "avgpool.onnx", mostDiffer: 163, rtl: 8 },
  { file: "brevitas-batchnorm.onnx", mostDiffer: 0, rtl: 8 },
  { file: "pool-before-lif.onnx", mostDiffer: 62, rtl: 8 },
];

/** What is refused, each for its own reason. */
export const refusals: readonly Refusal[] = [
  { file: "refuse-float16.onnx", code: "onnx-operand", says: /float nor double/ },
  {
    file: "refuse-unrolled-time-loop.onnx",
    code: "onnx-unrolled",
    node: "/Greater_1",
    says: /'\/f1\/Gemm' again.*\n.*one graph is one tick.*X_next/,
  },
  { file: "refuse-ternary.onnx", code: "onnx-not-spikes", node: "/Sub", says: /-1, 0 and 1.*\n.*0 or 1/ },
  { file: "refuse-snntorch-state-dict.pt", code: "dcll-no-network", says: /export one tick to ONNX/ },
  {
    file: "residual.onnx",
    code: "onnx-not-a-chain",
    node: "/Add_2",
    says: /'\/c1\/Conv' and the layer of '\/c2\/Conv': residual/,
  },
  { file: "recurrent.onnx", code: "onnx-not-a-chain", node: "/r/Gemm", says: /own spikes.*recurrent/ },
];
