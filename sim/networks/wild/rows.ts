import type { Row } from "./wild.js";

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
  { file: "qcdq-quantised-membrane.onnx", mostDiffer: 0 },
  { file: "spike-count.onnx", mostDiffer: 3 },
];
