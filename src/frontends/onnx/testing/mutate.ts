import { type ModelSpec, ramp, scalar } from "./model.js";

/** A small pseudo-random generator (mulberry32): the same seed gives the same campaign everywhere. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A damaged copy: cut off, bytes overwritten, bits flipped, a stretch removed, or a stretch repeated. */
export function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const at = (n: number): number => Math.floor(random() * n);
  const copy = Uint8Array.from(bytes);
  switch (at(5)) {
    case 0:
      return copy.subarray(0, at(copy.length));
    case 1:
      for (let n = 1 + at(8); n > 0; n--) copy[at(copy.length)] = at(256);
      return copy;
    case 2:
      for (let n = 1 + at(4); n > 0; n--) {
        const i = at(copy.length);
        copy[i] = (copy[i] as number) ^ (1 << at(8));
      }
      return copy;
    case 3: {
      const from = at(copy.length);
      return Uint8Array.from([...copy.subarray(0, from), ...copy.subarray(from + 1 + at(16))]);
    }
    default: {
      const from = at(copy.length);
      const piece = copy.subarray(from, from + 1 + at(64));
      return Uint8Array.from([...copy.subarray(0, from), ...piece, ...copy.subarray(from)]);
    }
  }
}

const operators = [
  ...[
    "Conv",
    "Gemm",
    "MatMul",
    "Add",
    "Sub",
    "Mul",
    "Div",
    "Neg",
    "Exp",
    "Pow",
    "Clip",
    "Where",
    "Not",
    "Cast",
  ],
  ...[
    "Greater",
    "GreaterOrEqual",
    "Less",
    "LessOrEqual",
    "Sigmoid",
    "Relu",
    "MaxPool",
    "Pad",
    "Flatten",
    "Reshape",
  ],
  ...["Squeeze", "Unsqueeze", "Transpose", "Identity", "Shape", "Gather", "Concat", "Constant"],
  ...["Quant", "QuantizeLinear", "DequantizeLinear", "AveragePool"],
];

const attributes = [
  "pads",
  "strides",
  "kernel_shape",
  "axis",
  "axes",
  "perm",
  "transB",
  "to",
  "group",
  "dilations",
];

/** A valid file whose graph makes little sense: operators exchanged, operands rewired, shapes and attributes changed. */
export function mutateSpec(m: ModelSpec, random: () => number): ModelSpec {
  const at = (n: number): number => Math.floor(random() * n);
  const pick = <T>(list: readonly T[]): T => list[at(list.length)] as T;
  const sizes = [0, 1, 1, 2, 3, 4, 8, 16, -1, 1e9];
  const tensors = [
    ...Object.keys(m.inputs),
    ...Object.keys(m.initializers),
    ...m.nodes.flatMap((n) => n.out),
  ];
  for (let n = 1 + at(3); n > 0; n--) {
    const node = pick(m.nodes);
    const dims = (): number[] => Array.from({ length: at(5) }, () => pick(sizes));
    const rewire = (): void => {
      node.in[at(node.in.length + 1)] = pick(tensors);
    };
    const edits: readonly (() => void)[] = [
      rewire,
      rewire,
      () => {
        node.op = pick(operators);
      },
      () => {
        node.out[0] = pick(tensors);
      },
      () => {
        m.nodes.splice(at(m.nodes.length), 1);
      },
      () => {
        const extra = { op: pick(operators), in: [pick(tensors), pick(tensors)], out: [`x${n}`] };
        m.nodes.splice(at(m.nodes.length), 0, extra);
      },
      () => {
        m.outputs.push(pick(tensors));
      },
      () => {
        m.outputs.splice(at(m.outputs.length), 1);
      },
      () => {
        m.inputs[pick(Object.keys(m.inputs))] = { dims: dims() };
      },
      () => {
        const small = dims().map((d) => Math.min(Math.abs(d), 16));
        m.initializers[pick(Object.keys(m.initializers))] = ramp(small, -1, 0.5);
      },
      () => {
        m.initializers[pick(Object.keys(m.initializers))] = scalar(pick([0, -1, 0.5, 8, 1e300, Number.NaN]));
      },
      () => {
        node.attributes = { ...node.attributes, [pick(attributes)]: random() < 0.5 ? pick(sizes) : dims() };
      },
    ];
    if (node !== undefined) pick(edits)();
  }
  return m;
}
