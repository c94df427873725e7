/** Operators that one meets in exported networks and that cannot be compiled: why, and what works instead. */
interface Refusal {
  readonly reason: string;
  readonly hint: string;
}

const recurrent: Refusal = {
  reason: "a recurrent operator hides its states",
  hint: "export one tick: each state an input X with an output X_next",
};
const control: Refusal = {
  reason: "control flow has no fixed dataflow",
  hint: "export one tick without loops; each state an input X with an output X_next",
};
const nonlinear: Refusal = {
  reason: "layers send spikes, not real-valued activations",
  hint: "use Greater(potential, threshold) for spikes; Sigmoid or Relu between a potential and a linear readout",
};
const normalise: Refusal = {
  reason: "its statistics are those of every tick, and no constants",
  hint: "use BatchNorm, whose trained statistics become part of the weights",
};
const joins: Refusal = {
  reason: "layers form a chain; signals are not joined, split or indexed",
  hint: "connect layers one after the other",
};

/** Operator name → why it is refused; anything else that is unknown gets `unknownOperator`. */
export const refusals: Readonly<Record<string, Refusal>> = {
  BipolarQuant: {
    reason: "binary ±1 weights and activations are not supported",
    hint: "use Quant with at least 2 bits, narrow=1 (Brevitas: Int8WeightPerTensorFloat, bit_width=2)",
  },
  Trunc: {
    reason: "truncating quantisers belong to average pooling, which is not supported",
    hint: "use MaxPool, or a Quant node with rounding_mode FLOOR on a state",
  },
  FloatQuant: {
    reason: "minifloat formats have no fixed-point form",
    hint: "use integer quantisers (Quant)",
  },
  Relu: nonlinear,
  LeakyRelu: nonlinear,
  Elu: nonlinear,
  Tanh: nonlinear,
  HardSigmoid: nonlinear,
  Gelu: nonlinear,
  Softplus: nonlinear,
  Softmax: {
    reason: "the readout's class is the largest logit, which Softmax does not change",
    hint: "export without the Softmax",
  },
  LogSoftmax: {
    reason: "the readout's class is the largest logit, which it does not change",
    hint: "export without it",
  },
  InstanceNormalization: normalise,
  LayerNormalization: normalise,
  RNN: recurrent,
  LSTM: recurrent,
  GRU: recurrent,
  If: control,
  Loop: control,
  Scan: control,
  ConvTranspose: { reason: "transposed convolutions are not supported", hint: "use Conv" },
  ConvInteger: { reason: "integer operators carry no scales", hint: "export QONNX (Quant nodes) or QCDQ" },
  QLinearConv: { reason: "fused integer operators are not read", hint: "export QONNX (Quant nodes) or QCDQ" },
  MatMulInteger: { reason: "integer operators carry no scales", hint: "export QONNX (Quant nodes) or QCDQ" },
  QLinearMatMul: {
    reason: "fused integer operators are not read",
    hint: "export QONNX (Quant nodes) or QCDQ",
  },
  Split: joins,
  Slice: joins,
};

/** What is said about an operator that no table knows. */
export const unknownOperator: Refusal = {
  reason: "it is not known",
  hint: "layers: Conv, Gemm, MatMul; element-wise: Add, Sub, Mul, Div, Neg, Clip, Where, Greater(OrEqual), Less(OrEqual), Quant, QuantizeLinear, DequantizeLinear; MaxPool, Flatten, Reshape, Cast; Sigmoid, Relu before a readout",
};
