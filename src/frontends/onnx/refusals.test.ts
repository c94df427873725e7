import { describe, expect, test } from "vitest";
import { renderDiagnostic } from "../../diagnostics/render.js";
import { importOnnx } from "./import.js";
import { refusals } from "./ops/refused.js";
import {
  diagnosticsOf,
  encodeModel,
  importSpec,
  insertBefore,
  lif,
  type ModelSpec,
  nodeOf,
  quantNode,
  ramp,
  scalar,
} from "./testing/model.js";

/** Changes the small network so that it fails in one way. */
type Change = (m: ModelSpec) => void;

/** code, text, what of Loc, the change. */
type Case = readonly [string, string, object, Change];

const file = "test.onnx";
const at = (node: number, name: string, operator: string, more: object = {}): object => ({
  file,
  node,
  name,
  operator,
  ...more,
});

/** Each change gives exactly this one diagnostic, with its place and a hint. */
function checkCases(cases: readonly Case[]): void {
  test.each(cases)("%s: %s", (code, text, loc, change) => {
    const m = lif();
    change(m);
    const diagnostics = diagnosticsOf(m);
    expect(diagnostics.map((d) => `${d.code}: ${d.text}`)).toEqual([`${code}: ${text}`]);
    expect(diagnostics[0]!.loc).toEqual(loc);
    expect(diagnostics[0]!.hint).toBeDefined();
  });
}

const attributes =
  (name: string, change: Record<string, number | string | number[] | { float: number }>): Change =>
  (m) => {
    const node = nodeOf(m, name);
    node.attributes = { ...node.attributes, ...change };
  };

describe("files", () => {
  const bytes = encodeModel(lif());
  test.each([
    ["it is empty", new Uint8Array()],
    ["it is cut off or damaged", bytes.subarray(0, 500)],
    ["it holds no graph", new Uint8Array([8, 8])],
    ["sparse initializers are not read", encodeModel({ ...lif(), sparse: true })],
  ])("onnx-malformed: %s", (reason, content) => {
    const { diagnostics } = importOnnx(content, file);
    expect(diagnostics).toMatchObject([
      { code: "onnx-malformed", text: `not a readable ONNX file: ${reason}`, loc: { file } },
    ]);
  });

  test("a text file is none", () => {
    const { ok, diagnostics } = importOnnx(new TextEncoder().encode("hello, this is no model"), file);
    expect(ok).toBe(false);
    expect(diagnostics[0]?.code).toBe("onnx-malformed");
  });

  test("nested subgraphs without end are refused, not followed", () => {
    // Inside out: a graph is an attribute's field 6, that a node's field 5, that a graph's field 1; the model's is 7.
    const headers: number[][] = [];
    let length = 0;
    for (const field of [...new Array<number[]>(20_000).fill([6, 5, 1]).flat(), 7]) {
      const header = [field * 8 + 2, ...varint(length)];
      headers.push(header);
      length += header.length;
    }
    const { diagnostics } = importOnnx(Uint8Array.from(headers.reverse().flat()), file);
    expect(diagnostics).toMatchObject([{ code: "onnx-malformed", loc: { file } }]);
  });
});

/** A protobuf integer: seven bits a byte, lowest first. */
const varint = (n: number): readonly number[] =>
  n < 128 ? [n] : [(n % 128) + 128, ...varint(Math.floor(n / 128))];

const stored =
  (fields: Record<string, unknown>, dims: readonly number[] = [2, 1, 3, 3], type = 11): Change =>
  (m) => {
    m.initializers.w = { dims, data: [], type, stored: fields };
  };
const external = (location: string, offset: number | string = 0): Change =>
  stored({
    dataLocation: 1,
    externalData: [
      { key: "location", value: location },
      { key: "offset", value: String(offset) },
    ],
  });
const w = { file, name: "w" };

describe("tensors", () => {
  checkCases([
    [
      "onnx-tensor",
      "tensor 'w': dimensions [2, 1, 3, 3] need 144 bytes, it holds 7",
      w,
      stored({ rawData: new Uint8Array(7) }),
    ],
    [
      "onnx-tensor",
      "tensor 'w': dimensions [2, 1, 3, 3] need 18 elements, it holds 3",
      w,
      stored({ doubleData: [1, 2, 3] }),
    ],
    ["onnx-tensor", "tensor 'w': its dimensions [2, -1] are impossible", w, stored({}, [2, -1])],
    ["onnx-tensor", "tensor 'w': it has 9 dimensions", w, stored({}, [1, 1, 1, 1, 1, 1, 1, 1, 1])],
    [
      "onnx-tensor",
      "tensor 'w': its element type 8 is not read (float, double, integers, bool are)",
      w,
      stored({}, [2, 1, 3, 3], 8),
    ],
    [
      "onnx-too-large",
      "tensor 'w' needs 1000000000000 elements, at most 16777216 are accepted",
      w,
      stored({}, [1_000_000, 1_000_000]),
    ],
    [
      "onnx-too-large",
      "a constant needs 100000000 elements, at most 65536 are accepted",
      at(2, "outer", "Mul"),
      (m) => {
        m.initializers.row = ramp([1, 10_000], 0, 1);
        m.initializers.column = ramp([10_000, 1], 0, 1);
        insertBefore(m, "leak", { op: "Mul", name: "outer", in: ["row", "column"], out: ["huge"] });
      },
    ],
    [
      "onnx-too-large",
      "the result [1, 2, 60002, 60002] needs 7200480008 elements, at most 4194304 are accepted",
      at(1, "conv", "Conv"),
      attributes("conv", { pads: [30_000, 30_000, 30_000, 30_000] }),
    ],
  ]);

  test("a list of very many nodes is refused before it is read", () => {
    const m = lif();
    m.nodes = Array.from({ length: 20_000 }, (_, i) => ({ op: "Identity", in: ["spikes"], out: [`x${i}`] }));
    expect(diagnosticsOf(m)).toMatchObject([
      {
        code: "onnx-too-large",
        text: "the list of nodes needs 20000 elements, at most 16384 are accepted",
        loc: { file },
      },
    ]);
  });
});

describe("external data", () => {
  checkCases([
    [
      "onnx-external-data",
      "tensor 'w' keeps its data in another file: path '../w.bin' leaves the model's folder",
      w,
      external("../w.bin"),
    ],
    [
      "onnx-external-data",
      "tensor 'w' keeps its data in another file: path 'a/../../w' leaves the model's folder",
      w,
      external("a/../../w"),
    ],
    [
      "onnx-external-data",
      "tensor 'w' keeps its data in another file: path '/etc/passwd' leaves the model's folder",
      w,
      external("/etc/passwd"),
    ],
    [
      "onnx-external-data",
      "tensor 'w' keeps its data in another file: path 'C:\\w' leaves the model's folder",
      w,
      external("C:\\w"),
    ],
    ["onnx-external-data", "tensor 'w' keeps its data in another file: it names no file", w, external("")],
    [
      "onnx-external-data",
      "tensor 'w' keeps its data in another file: there is no file 'w.bin'",
      w,
      external("w.bin"),
    ],
  ]);

  test("external data from a place that is no number", () => {
    for (const offset of ["abc", "-1", "1e3", ""]) {
      const m = lif();
      external("w.bin", offset)(m);
      const { diagnostics } = importSpec(m, { externalData: () => new Uint8Array(50) });
      const text = `tensor 'w' keeps its data in another file: its offset '${offset}' is no number of bytes`;
      expect(diagnostics).toMatchObject([{ code: "onnx-external-data", text }]);
    }
  });

  test("external data beyond the file's end", () => {
    const m = lif();
    external("w.bin", 100)(m);
    const { diagnostics } = importSpec(m, { externalData: () => new Uint8Array(50) });
    expect(diagnostics).toMatchObject([
      {
        code: "onnx-external-data",
        text: "tensor 'w' keeps its data in another file: 'w.bin' has 50 bytes, the tensor asks for 0 from 100",
      },
    ]);
  });
});

describe("numbers that are none", () => {
  checkCases([
    [
      "onnx-not-finite",
      "constant 'w' holds NaN at element 2",
      at(0, "/q/wq", "Quant"),
      (m) => {
        m.initializers.w = {
          dims: [2, 1, 3, 3],
          data: Array.from({ length: 18 }, (_, i) => (i === 2 ? Number.NaN : 0)),
        };
      },
    ],
    [
      "onnx-not-finite",
      "the weight holds Infinity at element 0",
      at(0, "conv", "Conv"),
      (m) => {
        m.nodes.shift();
        nodeOf(m, "conv").in[1] = "w";
        m.initializers.w = { dims: [2, 1, 3, 3], data: new Array<number>(18).fill(Number.POSITIVE_INFINITY) };
      },
    ],
    [
      "onnx-not-finite",
      "the scale holds NaN at element 0",
      at(9, "/q/layer1.u_next", "Quant"),
      (m) => {
        m.initializers.su = scalar(Number.NaN);
      },
    ],
    [
      "onnx-not-finite",
      "constant 'b' holds -Infinity at element 1",
      at(1, "conv", "Conv"),
      (m) => {
        m.initializers.b = { dims: [2], data: [0, Number.NEGATIVE_INFINITY] };
      },
    ],
    [
      "onnx-not-finite",
      "constant 'decay' holds NaN at element 0",
      at(2, "leak", "Mul"),
      (m) => {
        m.initializers.decay = scalar(Number.NaN);
      },
    ],
  ]);
});

describe("names", () => {
  checkCases([
    [
      "onnx-undefined-tensor",
      "tensor 'nowhere' is used before any node, input or initializer defines it",
      at(2, "leak", "Mul"),
      (m) => {
        nodeOf(m, "leak").in[1] = "nowhere";
      },
    ],
    [
      "onnx-undefined-tensor",
      "tensor 'potential' is used before any node, input or initializer defines it",
      { file, name: "potential" },
      (m) => {
        m.outputs.push("potential");
      },
    ],
    [
      "onnx-duplicate-tensor",
      "tensor 'v' is defined a second time",
      at(4, "again", "Neg"),
      (m) => {
        insertBefore(m, "fire", { op: "Neg", name: "again", in: ["c"], out: ["v"] });
      },
    ],
  ]);
});

describe("operators", () => {
  test.each(Object.entries(refusals))(
    "%s is refused wherever it stands, with what works instead",
    (op, { reason, hint }) => {
      if (op === "Relu") return; // compiled before a readout; refused elsewhere: below
      const m = lif();
      m.nodes.push({ op, name: "odd", in: ["v"], out: ["w1"] });
      const { ok, diagnostics } = importSpec(m);
      expect(ok).toBe(false);
      expect(diagnostics).toMatchObject([
        {
          code: "onnx-operator",
          text: `operator ${op} cannot be compiled: ${reason}`,
          hint,
          loc: at(15, "odd", op),
        },
      ]);
    },
  );

  test("all errors of a graph are said at once, and nothing behind them", () => {
    const m = lif();
    insertBefore(m, "fire", { op: "Tanh", name: "tanh", in: ["v"], out: ["t"] });
    nodeOf(m, "fire").in[0] = "t";
    attributes("pool", { ceil_mode: 1 })(m);
    attributes("readout", { alpha: { float: 2 } })(m);
    expect(diagnosticsOf(m).map((d) => [d.code, d.loc.name])).toEqual([
      ["onnx-operator", "tanh"],
      ["onnx-attribute", "pool"],
      ["onnx-attribute", "readout"],
    ]);
  });

  const relu: Change = (m) => {
    insertBefore(m, "fire", { op: "Relu", name: "relu", in: ["v"], out: ["rv"] });
    nodeOf(m, "fire").in[0] = "rv";
  };
  checkCases([
    [
      "onnx-operator",
      "operator Frobnicate cannot be compiled: it is not known",
      at(15, "odd", "Frobnicate"),
      (m) => {
        m.nodes.push({ op: "Frobnicate", name: "odd", in: ["v"], out: ["x"] });
      },
    ],
    [
      "onnx-operator",
      "operator com.example.Quant cannot be compiled: it is not known",
      at(15, "odd", "Quant"),
      (m) => {
        m.nodes.push({ op: "Quant", name: "odd", domain: "com.example", in: ["v"], out: ["x"] });
      },
    ],
    [
      "onnx-operator",
      "operator Relu cannot be compiled: its result goes to Greater 'fire'; it is compiled only between a potential and a linear readout",
      at(4, "relu", "Relu"),
      relu,
    ],
    [
      "onnx-operator",
      "operator Mul cannot be compiled: both factors change from tick to tick, and neither is a spike",
      at(7, "loss", "Mul"),
      (m) => {
        nodeOf(m, "loss").in = ["v", "c"];
      },
    ],
    [
      "onnx-operator",
      "operator Div cannot be compiled: the divisor changes from tick to tick",
      at(2, "leak", "Div"),
      (m) => {
        Object.assign(nodeOf(m, "leak"), { op: "Div", in: ["decay", "layer1.u"] });
      },
    ],
    [
      "onnx-operator",
      "operator Exp cannot be compiled: its operands are no constants",
      at(2, "leak", "Exp"),
      (m) => {
        Object.assign(nodeOf(m, "leak"), { op: "Exp", in: ["layer1.u"] });
      },
    ],
    [
      "onnx-operator",
      "operator Transpose cannot be compiled: it reorders a signal",
      at(2, "leak", "Transpose"),
      (m) => {
        Object.assign(nodeOf(m, "leak"), { op: "Transpose", in: ["layer1.u"] });
      },
    ],
    [
      "onnx-operator",
      "operator Pad cannot be compiled: it pads by [1, 1]",
      at(13, "pad", "Pad"),
      (m) => {
        insertBefore(m, "flat", {
          op: "Pad",
          name: "pad",
          in: ["pp"],
          out: ["x"],
          attributes: { pads: [1, 1] },
        });
        nodeOf(m, "flat").in[0] = "x";
      },
    ],
  ]);
});

describe("attributes", () => {
  const refused = (
    node: number,
    name: string,
    operator: string,
    attribute: string,
    value: string,
    reason: string,
    change: Change,
  ): Case => [
    "onnx-attribute",
    `attribute ${attribute} = ${value} cannot be compiled: ${reason}`,
    at(node, name, operator, { attribute }),
    change,
  ];
  const conv = (attribute: string, value: string, reason: string, given: number | string | number[]): Case =>
    refused(1, "conv", "Conv", attribute, value, reason, attributes("conv", { [attribute]: given }));
  const pool = (attribute: string, value: string, reason: string, given: number | string | number[]): Case =>
    refused(6, "pool", "MaxPool", attribute, value, reason, attributes("pool", { [attribute]: given }));
  const partial = "partial windows at the edge are dropped";
  const modes = "it is none of NOTSET, VALID, SAME_UPPER and SAME_LOWER";
  checkCases([
    conv("group", "3", "2 output channels make no 3 groups", 3),
    conv("dilations", "[0, 2]", "dilations are positive", [0, 2]),
    conv("auto_pad", "SAME", modes, "SAME"),
    conv("kernel_shape", "[5, 5]", "the weight is [2, 1, 3, 3]", [5, 5]),
    conv("strides", "[0, 1]", "strides are positive", [0, 1]),
    conv("pads", "[-1, 0, 0, 0]", "padding is not negative", [-1, 0, 0, 0]),
    conv("pads", "ints", "it must be a list of 4 integers", [1, 1]),
    conv("group", "string", "it must be an integer", "one"),
    pool("ceil_mode", "1", partial, 1),
    pool("storage_order", "1", "indices are in row-major order", 1),
    pool(
      "strides",
      "[1, 1]",
      "windows of [2, 2] must tile the map: overlapping or gapped pooling is not compiled",
      [1, 1],
    ),
    pool("pads", "[1, 1, 1, 1]", "pooling has no padding", [1, 1, 1, 1]),
    pool("dilations", "[2, 1]", "windows are contiguous", [2, 1]),
    pool("kernel_shape", "[2, 2, 2]", "pooling of one and two dimensions is compiled", [2, 2, 2]),
    pool("auto_pad", "SAME", modes, "SAME"),
    refused(
      14,
      "readout",
      "Gemm",
      "alpha",
      "2",
      "the factor must be part of the parameters",
      attributes("readout", { alpha: { float: 2 } }),
    ),
    refused(
      14,
      "readout",
      "Gemm",
      "beta",
      "0.5",
      "the factor must be part of the parameters",
      attributes("readout", { beta: { float: 0.5 } }),
    ),
    refused(
      14,
      "readout",
      "Gemm",
      "transA",
      "1",
      "the data is one row",
      attributes("readout", { transA: 1 }),
    ),
    refused(
      3,
      "cast2",
      "Cast",
      "to",
      "6",
      "only spikes may be cast to anything but float and double",
      (m) => {
        insertBefore(m, "sum", {
          op: "Cast",
          name: "cast2",
          in: ["leak"],
          out: ["li"],
          attributes: { to: 6 },
        });
        nodeOf(m, "sum").in[0] = "li";
      },
    ),
  ]);
});

describe("operands and shapes", () => {
  checkCases([
    [
      "onnx-operand",
      "the weights: must be constant, but 'leak' is computed from inputs or states",
      at(3, "late", "Conv"),
      (m) => {
        insertBefore(m, "sum", { op: "Conv", name: "late", in: ["spikes", "leak"], out: ["x"] });
      },
    ],
    [
      "onnx-operand",
      "input 1: Add needs it, and it is absent",
      at(3, "sum", "Add"),
      (m) => {
        nodeOf(m, "sum").in = ["leak", ""];
      },
    ],
    [
      "onnx-operand",
      "the data: must depend on inputs or states, but 'w' is constant",
      at(1, "conv", "Conv"),
      (m) => {
        nodeOf(m, "conv").in[0] = "w";
      },
    ],
    [
      "onnx-operand",
      "the condition: must be a comparison (Greater, GreaterOrEqual, Less, LessOrEqual)",
      at(8, "reset", "Where"),
      (m) => {
        Object.assign(nodeOf(m, "reset"), { op: "Where", in: ["v", "v", "loss"] });
      },
    ],
    [
      "onnx-operand",
      "input 'spikes': its element type 10 is neither float nor double",
      { file, name: "spikes" },
      (m) => {
        m.inputs.spikes = { dims: [1, 1, 4, 4], type: 10 };
      },
    ],
    [
      "onnx-shape",
      "input 'spikes' has shape [2, 1, 4, 4]: the batch must be 1",
      { file, name: "spikes" },
      (m) => {
        m.inputs.spikes = { dims: [2, 1, 4, 4] };
      },
    ],
    [
      "onnx-shape",
      "input 'spikes' has shape [1, 1, ?, 4]: every dimension must be known",
      { file, name: "spikes" },
      (m) => {
        m.inputs.spikes = { dims: [1, 1, "h", 4] };
      },
    ],
    [
      "onnx-shape",
      "input 'spikes' has shape [1, 4, 4, 2, 2]: it must have 2 to 4 dimensions",
      { file, name: "spikes" },
      (m) => {
        m.inputs.spikes = { dims: [1, 4, 4, 2, 2] };
      },
    ],
    [
      "onnx-shape",
      "the data has shape [1, 1, 4, 4]: needs [1, 3, H, W]",
      at(1, "conv", "Conv"),
      (m) => {
        m.initializers.w = ramp([2, 3, 3, 3], 0, 0.125);
      },
    ],
    [
      "onnx-shape",
      "the bias has shape [3]: needs [2]",
      at(1, "conv", "Conv"),
      (m) => {
        m.initializers.b = { dims: [3], data: [0, 0, 0] };
      },
    ],
    [
      "onnx-shape",
      "the data has shape [1, 8]: needs [1, 9]",
      at(14, "readout", "Gemm"),
      (m) => {
        m.initializers.wr = ramp([3, 9], 0, 0.125);
      },
    ],
    [
      "onnx-shape",
      "constant 'decay' has shape [3, 1, 1]: it does not broadcast to the other operand's [1, 2, 4, 4]",
      at(2, "leak", "Mul"),
      (m) => {
        m.initializers.decay = ramp([3, 1, 1], 0.5, 0.125);
      },
    ],
    [
      "onnx-shape",
      "'c' has shape [1, 2, 4, 4]: the other operand has [1, 1, 4, 4]; both must have the same shape",
      at(3, "sum", "Add"),
      (m) => {
        nodeOf(m, "sum").in = ["c", "spikes"];
      },
    ],
    [
      "onnx-shape",
      "'pp' has shape [1, 2, 2, 2]: it cannot become [3, 3]",
      at(13, "flat", "Reshape"),
      (m) => {
        m.initializers.to = { dims: [2], data: [3, 3], type: 7 };
        Object.assign(nodeOf(m, "flat"), { op: "Reshape", in: ["pp", "to"] });
      },
    ],
    [
      "onnx-constant-varies",
      "constant 'decay' differs within channel 0",
      at(2, "leak", "Mul"),
      (m) => {
        m.initializers.decay = ramp([1, 1, 1, 4], 0.5, 0.125);
      },
    ],
  ]);
});

describe("structure", () => {
  const skip: Change = (m) => {
    insertBefore(
      m,
      "sum",
      { op: "Conv", name: "second", in: ["spikes", "wq"], out: ["c2"], attributes: { pads: [1, 1, 1, 1] } },
      { op: "Add", name: "both", in: ["c", "c2"], out: ["cc"] },
    );
    nodeOf(m, "sum").in[1] = "cc";
  };
  const branch: Change = (m) => {
    m.nodes.push(
      { op: "Conv", name: "twin", in: ["spikes", "wq"], out: ["c2"], attributes: { pads: [1, 1, 1, 1] } },
      { op: "Greater", name: "fire2", in: ["c2", "theta"], out: ["fired2"] },
    );
    m.outputs.push("fired2");
  };
  const analog: Change = (m) => {
    m.initializers.w2 = ramp([2, 2, 3, 3], 0, 0.125);
    m.nodes.push(
      { op: "Conv", name: "conv2", in: ["v", "w2"], out: ["c2"] },
      { op: "Greater", name: "fire2", in: ["c2", "theta"], out: ["layer2.spikes"] },
    );
    m.outputs.push("layer2.spikes");
  };
  checkCases([
    [
      "onnx-spike-input",
      "2 inputs are neither parameters nor states ('spikes', 'more'); exactly one must carry the spikes",
      { file },
      (m) => {
        m.inputs.more = { dims: [1, 1, 4, 4] };
      },
    ],
    [
      "onnx-spike-input",
      "0 inputs are neither parameters nor states (none); exactly one must carry the spikes",
      { file },
      (m) => {
        m.outputs.push("spikes_next");
        insertBefore(m, "conv", { op: "Identity", in: ["spikes"], out: ["spikes_next"] });
      },
    ],
    [
      "onnx-state",
      "state 'layer1.u': metadata 'state:layer1.u' names 'gone', which is no graph output",
      { file, name: "layer1.u" },
      (m) => {
        m.metadata = { "state:layer1.u": "gone" };
      },
    ],
    [
      "onnx-state",
      "state 'layer1.u': it is [1, 2, 4, 4], its next value [1, 2, 2, 2]",
      { file, name: "layer1.u" },
      (m) => {
        m.metadata = { "state:layer1.u": "layer1.spikes" };
      },
    ],
    [
      "onnx-state",
      "state 'layer1.u': no node computes 'layer1.u_next'",
      { file, name: "layer1.u" },
      (m) => {
        nodeOf(m, "/q/layer1.u_next").out = ["lost"];
      },
    ],
    [
      "onnx-no-layer",
      "the graph has no spiking layer",
      { file },
      (m) => {
        m.nodes = [];
        m.outputs = [];
        m.inputs = { spikes: { dims: [1, 4] } };
      },
    ],
    [
      "onnx-not-a-chain",
      "a layer: it sums several linear maps ('conv', 'second')",
      at(6, "fire", "Greater"),
      skip,
    ],
    [
      "onnx-not-a-chain",
      "a layer's spikes: they feed both 'conv' and 'twin'",
      at(15, "twin", "Conv"),
      branch,
    ],
    [
      "onnx-not-a-chain",
      "a layer: two comparisons make spikes of the same linear map",
      at(15, "fire2", "Greater"),
      (m) => {
        m.nodes.push({ op: "Greater", name: "fire2", in: ["c", "theta"], out: ["layer2.spikes"] });
        m.outputs.push("layer2.spikes");
      },
    ],
    [
      "onnx-not-spikes",
      "what Conv reads must be spikes, but is the potential of the layer before",
      at(15, "conv2", "Conv"),
      analog,
    ],
    [
      "onnx-not-spikes",
      "a layer's output must be spikes, but is a comparison that no Conv, Gemm or MatMul leads to",
      at(15, "fire2", "Greater"),
      (m) => {
        m.nodes.push({ op: "Greater", name: "fire2", in: ["spikes", "theta"], out: ["s2"] });
        m.outputs.push("s2");
      },
    ],
    [
      "onnx-readout",
      "readout 'logits': an activation stands behind spikes",
      at(14, "readout", "Gemm"),
      (m) => {
        nodeOf(m, "sigmoid").in[0] = "s";
      },
    ],
    [
      "onnx-readout",
      "readout 'logits': it reads a real value (at 'reset') that is not the value a layer's Greater compares",
      at(14, "readout", "Gemm"),
      (m) => {
        nodeOf(m, "sigmoid").in[0] = "r";
      },
    ],
    [
      "onnx-readout",
      "readout 'logits': its Gemm 'readout' is followed by more than a bias",
      at(15, "/q/logits", "Quant"),
      (m) => {
        nodeOf(m, "readout").out = ["raw"];
        m.nodes.push(quantNode(["raw", "su", "zero", "bits24"], "logits"));
      },
    ],
  ]);
});

describe("warnings and notes leave a model", () => {
  const cases: readonly (readonly [string, string, object, Change])[] = [
    [
      "onnx-unused-output",
      "graph output 'v' is neither spikes, a state nor a readout, and is not compiled",
      { file, name: "v" },
      (m) => {
        m.outputs.push("v");
      },
    ],
    [
      "onnx-unused-output",
      "graph output 's' is neither spikes, a state nor a readout, and is not compiled",
      { file, name: "s" },
      (m) => {
        m.outputs.push("s");
      },
    ],
    [
      "onnx-unused-state",
      "state 'count' influences no layer, and is not compiled",
      { file, name: "count" },
      (m) => {
        m.inputs.count = { dims: [1, 2, 4, 4] };
        m.nodes.push({ op: "Add", in: ["count", "s"], out: ["count_next"] });
        m.outputs.push("count_next");
      },
    ],
    [
      "onnx-division",
      "division by 3 is compiled as multiplication by its rounded reciprocal; last bits may differ",
      at(2, "leak", "Div"),
      (m) => {
        m.initializers.decay = scalar(3);
        nodeOf(m, "leak").op = "Div";
      },
    ],
  ];
  test.each(cases)("%s: %s", (code, text, loc, change) => {
    const m = lif();
    change(m);
    const { ok, diagnostics } = importSpec(m);
    expect(ok).toBe(true);
    // What influences nothing is harmless.
    const severity = code === "onnx-unused-state" ? "note" : "warning";
    expect(diagnostics).toMatchObject([{ code, text, severity, loc }]);
  });

  test("division by a power of two is exact, and said by nobody", () => {
    const m = lif();
    m.initializers.decay = scalar(4);
    nodeOf(m, "leak").op = "Div";
    expect(importSpec(m)).toMatchObject({ ok: true, diagnostics: [] });
  });
});

describe("independent mistakes of one file are said in one run", () => {
  const said = (m: ModelSpec) => diagnosticsOf(m).map((d) => [d.code, d.loc.name]);

  test("of three nodes", () => {
    const m = lif();
    nodeOf(m, "conv").attributes = { group: 2 };
    nodeOf(m, "sigmoid").op = "Tanh";
    nodeOf(m, "pool").attributes = { kernel_shape: [2, 2], strides: [1, 1] };
    expect(said(m).map(([, name]) => name)).toEqual(["conv", "pool", "sigmoid"]);
  });

  test("of three branches that read the same spikes", () => {
    const m = lif();
    for (const name of ["twin", "third"])
      m.nodes.push(
        { op: "Conv", name, in: ["spikes", "wq"], out: [`c_${name}`], attributes: { pads: [1, 1, 1, 1] } },
        { op: "Greater", name: `fire_${name}`, in: [`c_${name}`, "theta"], out: [`spikes_${name}`] },
      );
    m.outputs.push("spikes_twin", "spikes_third");
    expect(said(m)).toEqual([
      ["onnx-not-a-chain", "twin"],
      ["onnx-not-a-chain", "third"],
    ]);
  });

  test("of two layers, and of the readout of a third", () => {
    const m = lif();
    m.initializers.decay = ramp([1, 1, 1, 4], 0.5, 0.125);
    m.initializers.w2 = ramp([2, 2, 1, 1], 0, 0.5);
    m.initializers.k2 = ramp([1, 1, 1, 2], 0.5, 0.25);
    m.initializers.w4 = ramp([3, 2, 1, 1], 0, 0.5);
    m.nodes.push(
      { op: "Conv", name: "conv2", in: ["layer1.spikes", "w2"], out: ["c2"] },
      { op: "Mul", name: "scale2", in: ["c2", "k2"], out: ["u2"] },
      { op: "Greater", name: "fire2", in: ["u2", "theta"], out: ["layer2.spikes"] },
      { op: "Conv", name: "conv3", in: ["layer2.spikes", "w2"], out: ["u3"] },
      { op: "Greater", name: "fire3", in: ["u3", "theta"], out: ["layer3.spikes"] },
      { op: "Conv", name: "logits3", in: ["u3", "w4"], out: ["out3"] },
    );
    m.outputs.push("layer2.spikes", "layer3.spikes", "out3");
    expect(said(m)).toEqual([
      ["onnx-constant-varies", "leak"],
      ["onnx-constant-varies", "scale2"],
      ["onnx-readout", "logits3"],
    ]);
  });
});

describe("notes name the other place", () => {
  const rendered = (change: Change) => {
    const m = lif();
    change(m);
    return diagnosticsOf(m).map((d) => renderDiagnostic(d).split("\n  hint:")[0]);
  };

  test("onnx-duplicate-tensor: nodes, and an input that is a node's result too", () => {
    const again = rendered((m) => {
      insertBefore(m, "fire", { op: "Neg", name: "again", in: ["c"], out: ["v"] });
    });
    expect(again).toEqual([
      "error[onnx-duplicate-tensor] test.onnx: node 4 'again' (Neg): tensor 'v' is defined a second time\n  note: test.onnx: node 3 'sum' (Add): it is defined here first",
    ]);
    const input = rendered((m) => {
      nodeOf(m, "leak").out = ["spikes"];
    });
    expect(input[0]).toBe(
      "error[onnx-duplicate-tensor] test.onnx: node 2 'leak' (Mul): tensor 'spikes' is defined a second time\n  note: test.onnx: 'spikes': it is defined here first",
    );
  });

  test("onnx-duplicate-output", () => {
    const found = rendered((m) => {
      m.outputs.push("logits", "logits");
    });
    expect(found).toEqual(
      [3, 4].map(
        (index) =>
          `error[onnx-duplicate-output] test.onnx: 'logits': output ${index} of the graph is called 'logits' like another\n  note: test.onnx: 'logits': output 1 of the graph, counted from 0, is the first`,
      ),
    );
  });

  test("onnx-state: a state that the recurrences of two layers read", () => {
    const found = rendered((m) => {
      m.inputs.t = { dims: [1, 2, 4, 4] };
      m.initializers.w2 = ramp([2, 2, 1, 1], 0, 0.5);
      m.outputs = ["logits", "layer1.u_next", "layer2.spikes", "t_next"];
      insertBefore(m, "fire", { op: "Add", name: "more", in: ["v", "t"], out: ["vt"] });
      nodeOf(m, "fire").in[0] = "vt";
      nodeOf(m, "sigmoid").in[0] = "vt";
      m.nodes.push(
        { op: "Mul", name: "t_leak", in: ["t", "decay"], out: ["t_next"] },
        { op: "Conv", name: "conv2", in: ["s", "w2"], out: ["c2"] },
        { op: "Add", name: "sum2", in: ["c2", "t"], out: ["u2"] },
        { op: "Greater", name: "fire2", in: ["u2", "theta"], out: ["layer2.spikes"] },
      );
    });
    expect(found).toEqual([
      "error[onnx-state] test.onnx: 't': state 't': several recurrences read it\n" +
        "  note: test.onnx: node 1 'conv' (Conv): the recurrence behind this reads it\n" +
        "  note: test.onnx: node 17 'conv2' (Conv): the recurrence behind this reads it",
    ]);
  });

  test("onnx-not-a-chain: layers on the same spikes, comparisons of the same map, maps that are summed", () => {
    const branch = rendered((m) => {
      m.nodes.push(
        { op: "Conv", name: "twin", in: ["spikes", "wq"], out: ["c2"], attributes: { pads: [1, 1, 1, 1] } },
        { op: "Greater", name: "fire2", in: ["c2", "theta"], out: ["fired2"] },
      );
      m.outputs.push("fired2");
    });
    expect(branch[0]).toContain("\n  note: test.onnx: node 1 'conv' (Conv): the other one");
    const fires = rendered((m) => {
      m.nodes.push({ op: "Greater", name: "fire2", in: ["c", "theta"], out: ["layer2.spikes"] });
      m.outputs.push("layer2.spikes");
    });
    expect(fires[0]).toContain("\n  note: test.onnx: node 4 'fire' (Greater): the first comparison");
    const sums = rendered((m) => {
      insertBefore(
        m,
        "sum",
        { op: "Conv", name: "second", in: ["spikes", "wq"], out: ["c2"], attributes: { pads: [1, 1, 1, 1] } },
        { op: "Add", name: "both", in: ["c", "c2"], out: ["cc"] },
      );
      nodeOf(m, "sum").in[1] = "cc";
    });
    expect(sums[0]).toContain(
      "\n  note: test.onnx: node 1 'conv' (Conv): one of them\n  note: test.onnx: node 3 'second' (Conv): one of them",
    );
  });
});

test("onnx-unrolled: two layers of one tensor of weights, and no state", () => {
  const linear = (n: number, x: string) => [
    { op: "Gemm", name: `map${n}`, in: [x, "w"], out: [`c${n}`], attributes: { transB: 1 } },
    { op: "Greater", name: `fire${n}`, in: [`c${n}`, "one"], out: [`f${n}`] },
    { op: "Cast", name: `cast${n}`, in: [`f${n}`], out: [`s${n}`], attributes: { to: 11 } },
  ];
  const m: ModelSpec = {
    inputs: { x: { dims: [1, 4] } },
    outputs: ["s2"],
    initializers: { w: ramp([4, 4], -1, 0.125), one: scalar(1) },
    nodes: [...linear(1, "x"), ...linear(2, "s1")],
  };
  expect(diagnosticsOf(m).map(({ code, loc, text }) => [code, loc.name, text])).toEqual([
    [
      "onnx-unrolled",
      "map2",
      "'Gemm' has the weights of 'map1' again: several ticks are unrolled in the graph",
    ],
  ]);
});

test("onnx-lost-layer: a layer that leads only to what is no spikes is not left out in silence", () => {
  const m = lif();
  m.outputs.push("half");
  m.initializers.w2 = ramp([4, 8], -1, 0.25);
  m.initializers.scale = scalar(0.5);
  m.nodes.push(
    { op: "Flatten", name: "flat2", in: ["layer1.spikes"], out: ["fs"] },
    { op: "Gemm", name: "map2", in: ["fs", "w2"], out: ["c2"], attributes: { transB: 1 } },
    { op: "Greater", name: "fire2", in: ["c2", "one"], out: ["f2"] },
    { op: "Cast", name: "cast2", in: ["f2"], out: ["s2"], attributes: { to: 11 } },
    { op: "Mul", name: "halve", in: ["s2", "scale"], out: ["half"] },
  );
  expect(diagnosticsOf(m).map(({ code, severity, loc }) => [code, severity, loc.name])).toEqual([
    ["onnx-lost-layer", "error", "halve"],
  ]);
});
