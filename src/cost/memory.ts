import { invariant } from "../diagnostics/diagnostic.js";

/**
 * Ports of a memory, all of one clock, read in a clocked block: `sdp` one write and one read address, `sp` one address
 * for both, `tdp` two addresses, each for both, `rom` one read address and initial contents, `rom2` two of them.
 */
export type MemoryKind = "sdp" | "rom" | "rom2" | "sp" | "tdp";

/** Value of the memory's `ram_style` attribute; `auto` is no attribute. */
export type MemoryStyle = "auto" | "block" | "distributed" | "ultra";

/** A memory as the generated Verilog declares it: `depth` words of `width` bits. */
export interface MemorySpec {
  readonly kind: MemoryKind;
  readonly width: number;
  readonly depth: number;
  readonly style: MemoryStyle;
}

/**
 * What a memory takes of a device, in primitives; two RAMB18 fill one RAMB36 block. `lutram` counts LUTs used as memory
 * and `lut` LUTs used as logic (read multiplexers, write decoders, ROM in LUTs). Flip-flops aren't counted.
 */
export interface MemoryUse {
  readonly ramb18: number;
  readonly ramb36: number;
  readonly uram: number;
  readonly lutram: number;
  readonly lut: number;
}

/** Options of `synth_xilinx`: `-uram` lets style `auto` choose URAM; style `ultra` gets it in any case. */
export interface YosysOptions {
  readonly uram?: boolean;
}

/** A memory as Yosys builds it: `count` primitives, used as `depth` words of `width` bits, in `banks` along the depth. */
export interface YosysMapping {
  readonly primitive: "ramb18" | "ramb36" | "uram" | "lutram";
  readonly width: number;
  readonly depth: number;
  readonly count: number;
  readonly banks: number;
}

type Primitive = YosysMapping["primitive"];

/** One way to use a primitive. */
interface Shape {
  readonly primitive: Primitive;
  readonly width: number;
  readonly depth: number;
  /** A word of a written memory is rounded up to this many bits. */
  readonly byteWidth: number;
  readonly kinds: readonly MemoryKind[];
  /** One port only reads, the other only writes. */
  readonly separatePorts: boolean;
  readonly cost: number;
}

/** Widths of a block RAM's port; each halves the depth of the one before. One, two and four bits leave out parity. */
const blockWidths = [1, 2, 4, 9, 18, 36, 72];
const blockDepth = { ramb18: 16_384, ramb36: 32_768 };

/** All shapes of a block RAM of up to `widest` bits a port; the widest of each is for one write and one read port only. */
function blockShapes(primitive: "ramb18" | "ramb36", widest: number): { width: number; depth: number }[] {
  return blockWidths
    .map((width, step) => ({ width, depth: blockDepth[primitive] / 2 ** step }))
    .filter(({ width }) => width <= widest);
}

function blockFamily(primitive: "ramb18" | "ramb36", widest: number, separatePorts: boolean): Shape[] {
  const kinds: readonly MemoryKind[] = separatePorts
    ? ["sp", "sdp", "rom"]
    : ["sp", "sdp", "tdp", "rom", "rom2"];
  const cost = primitive === "ramb18" ? 129 : 257;
  return blockShapes(primitive, widest).map((shape) => {
    return { ...shape, primitive, byteWidth: Math.min(9, shape.width), kinds, separatePorts, cost };
  });
}

function lutShape(kind: MemoryKind, depth: number, width: number): Shape {
  const separatePorts = kind === "sdp";
  return { primitive: "lutram", width, depth, byteWidth: width, kinds: [kind], separatePorts, cost: 16 };
}

const uram: Omit<Shape, "byteWidth"> = {
  primitive: "uram",
  width: 72,
  depth: 4096,
  kinds: ["sp", "sdp"],
  separatePorts: false,
  cost: 1024,
};

/** Depth of the mistaken entry of Yosys's library: 16 address bits where 9 were meant. */
const mistakenDepth = 65_536;

/**
 * The memory library of `synth_xilinx -family xcup`, in its order, which decides ties. Left out are the LUT RAMs with a
 * second read port: they never cost less.
 */
const library: readonly Shape[] = [
  lutShape("sp", 32, 16),
  lutShape("sp", 64, 8),
  lutShape("sp", 128, 4),
  lutShape("sp", 256, 2),
  lutShape("sp", mistakenDepth, 1),
  lutShape("sdp", 32, 14),
  lutShape("sdp", 64, 7),
  ...blockFamily("ramb18", 18, false),
  ...blockFamily("ramb36", 36, false),
  ...blockFamily("ramb18", 36, true),
  ...blockFamily("ramb36", 72, true),
  { ...uram, byteWidth: 8 },
  { ...uram, byteWidth: 9 },
];

/** Write and read ports of each kind. */
const ports: Readonly<Record<MemoryKind, { readonly write: number; readonly read: number }>> = {
  sdp: { write: 1, read: 1 },
  sp: { write: 1, read: 1 },
  tdp: { write: 2, read: 2 },
  rom: { write: 0, read: 1 },
  rom2: { write: 0, read: 2 },
};

/** Whether a memory is never written. */
const isRom = (kind: MemoryKind): boolean => kind === "rom" || kind === "rom2";

/** Groups of primitives that a style allows, in the order in which Yosys compares their best. */
const styleGroups: Readonly<Record<MemoryStyle, readonly (readonly Primitive[])[]>> = {
  auto: [["lutram"], ["ramb18", "ramb36"]],
  block: [["ramb18", "ramb36"]],
  distributed: [["lutram"]],
  ultra: [["uram"]],
};

interface Candidate extends YosysMapping {
  readonly cost: number;
}

/** Cost of one shape for a memory, as `memory_libmap` adds it up. */
function candidate(spec: MemorySpec, shape: Shape): Candidate {
  const { write, read } = ports[spec.kind];
  const byteWidth = write === 0 ? 1 : shape.byteWidth;
  const word = Math.ceil(spec.width / byteWidth) * byteWidth;
  const banks = Math.ceil(spec.depth / shape.depth);
  // Banks lie side by side in one primitive where its byte enables tell them apart: 8192 x 24 is one URAM.
  const count = Math.ceil((banks * word) / shape.width);
  // A LUT RAM costs what its used bits do, any other primitive costs whole.
  const body =
    shape.primitive === "lutram" ? (shape.cost * banks * spec.width) / shape.width : shape.cost * count;
  const choose = 0.5 * (banks - 1) * spec.width * read + (banks > 1 ? 0.5 * banks * write : 0);
  // A read port apart from the write port, used although one port could do both.
  const separate = spec.kind === "sdp" || spec.kind === "rom" || shape.separatePorts ? 2 : 0;
  const { primitive, width, depth } = shape;
  return { primitive, width, depth, count, banks, cost: body + choose + separate };
}

/** The cheaper of two, the earlier one on a tie. */
function cheaper(best: Candidate | undefined, next: Candidate): Candidate {
  return best !== undefined && best.cost <= next.cost ? best : next;
}

/**
 * What Yosys 0.23 (and 0.55) chooses for a memory: primitives, `"logic"` for flip-flops and LUTs, or `undefined` where
 * it stops with "no valid mapping found". The choice can still fail later: see {@link yosysRefusal}.
 *
 * The rule is the least cost of `memory_libmap`, which truncates the best cost so far between soft logic, LUT RAM, block
 * RAM and URAM. It reproduces all 4,382 rows with clocked reads of ../shared/data/fpga/yosys_mem_map.csv, and 347 of 347
 * further memories (depths that aren't powers of two, widths to 256) mapped with 0.23 when this was written; `rom2`, ten
 * of ten. URAM needs contents that are zero or unknown at the start.
 */
export function yosysMapping(
  spec: MemorySpec,
  options: YosysOptions = {},
): YosysMapping | "logic" | undefined {
  checkSize(spec);
  const offered = library.filter((shape) => shape.kinds.includes(spec.kind));
  const groups = [...styleGroups[spec.style]];
  if (spec.style === "auto" && options.uram === true) groups.push(["uram"]);

  const bits = spec.width * spec.depth;
  let best: Candidate | "logic" | undefined = spec.style === "auto" ? "logic" : undefined;
  let bestCost = best === "logic" ? bits / (isRom(spec.kind) ? 64 : 1) : Number.POSITIVE_INFINITY;
  for (const group of groups) {
    const found = offered
      .filter((shape) => group.includes(shape.primitive))
      .map((shape) => candidate(spec, shape))
      .reduce<Candidate | undefined>(cheaper, undefined);
    if (found === undefined || found.cost >= Math.trunc(bestCost)) continue;
    best = found;
    bestCost = found.cost;
  }
  if (best === undefined || best === "logic") return best;
  const { primitive, width, depth, count, banks } = best;
  return { primitive, width, depth, count, banks };
}

/** Why Yosys 0.23 can't synthesise a memory, and what to do instead; `undefined` if it can. */
export function yosysRefusal(spec: MemorySpec, options: YosysOptions = {}): string | undefined {
  const mapping = yosysMapping(spec, options);
  const memory = `a ${spec.kind} memory of ${spec.depth} words of ${spec.width} bits in style ${spec.style}`;
  if (mapping === undefined) return `Yosys finds no mapping for ${memory}; use style block or auto`;
  if (mapping !== "logic" && mapping.primitive === "lutram" && mapping.depth === mistakenDepth) {
    return `Yosys 0.23 chooses an invalid LUT RAM for ${memory}; use style block or separate read and write ports`;
  }
  return undefined;
}

/**
 * What `synth_xilinx -family xcup` of Yosys 0.23 makes of a memory. RAMB, URAM and LUT RAM counts are exact (see
 * {@link yosysMapping}); `lut` is an estimate. A memory that Yosys refuses is a compiler bug: never emit one.
 */
export function mapMemoryYosys(spec: MemorySpec, options: YosysOptions = {}): MemoryUse {
  const refusal = yosysRefusal(spec, options);
  const mapping = yosysMapping(spec, options);
  invariant(refusal === undefined && mapping !== undefined, refusal ?? "a memory without a mapping");
  if (mapping === "logic") return { ...nothing, lut: softLogicLuts(spec) };
  const lut = selectLuts(spec, mapping.banks);
  if (mapping.primitive === "lutram") return { ...nothing, lutram: lutsOfLutram(spec, mapping), lut };
  return { ...nothing, [mapping.primitive]: mapping.count, lut };
}

/**
 * What Vivado is expected to make of a memory. Rules from AMD's documents and arithmetic, not verified with Vivado:
 * URAM is 4096 x 72 without packing of lanes, ceil(w / 72) * ceil(d / 4096); block RAM is the best single aspect ratio,
 * a RAMB18 as half a RAMB36; both cascade along the depth instead of using read multiplexers (UG1387). Style `auto`, whose
 * thresholds AMD doesn't document, is taken as Yosys takes it for separate ports. A true dual-port memory can't be
 * distributed, a ROM can't be URAM (no initial contents).
 */
export function mapMemoryVivado(spec: MemorySpec): MemoryUse {
  checkSize(spec);
  const { kind, width, depth } = spec;
  switch (spec.style === "auto" ? vivadoAutoStyle(spec) : spec.style) {
    case "block":
      return bestAspectRatio(spec);
    case "ultra":
      invariant(!isRom(kind), "a ROM in URAM, which has no initial contents");
      return { ...nothing, uram: Math.ceil(width / 72) * Math.ceil(depth / 4096) };
    case "distributed": {
      if (kind === "rom" || kind === "rom2") return { ...nothing, lut: softLogicLuts(spec) };
      invariant(kind !== "tdp", "a true dual-port memory in LUTs, which have one write port");
      const shape = vivadoLutram(kind, depth);
      const banks = Math.ceil(depth / shape.depth);
      const count = banks * Math.ceil(width / shape.width);
      return { ...nothing, lutram: 8 * count, lut: selectLuts(spec, banks) };
    }
  }
}

const nothing: MemoryUse = { ramb18: 0, ramb36: 0, uram: 0, lutram: 0, lut: 0 };

function vivadoAutoStyle(spec: MemorySpec): "block" | "distributed" {
  if (spec.kind === "tdp") return "block";
  const mapping = yosysMapping(spec.kind === "sp" ? { ...spec, kind: "sdp" } : spec);
  return mapping === "logic" || mapping?.primitive === "lutram" ? "distributed" : "block";
}

/** What eight LUTs hold: RAM32M16 or RAM64M8 with a read address of their own, RAM64X1S .. RAM512X1S without. */
function vivadoLutram(kind: "sdp" | "sp", depth: number): { readonly width: number; readonly depth: number } {
  if (kind === "sdp") return depth <= 32 ? { width: 14, depth: 32 } : { width: 7, depth: 64 };
  const words = Math.min(512, Math.max(32, 2 ** Math.ceil(Math.log2(depth))));
  return { width: 512 / words, depth: words };
}

/** Fewest block RAMs of one aspect ratio, in halves of a RAMB36; whole ones where that is no more. */
function bestAspectRatio({ kind, width, depth }: MemorySpec): MemoryUse {
  const trueDual = kind === "tdp" || kind === "rom2";
  const fewest = (shapes: readonly { width: number; depth: number }[]) =>
    Math.min(...shapes.map((shape) => Math.ceil(width / shape.width) * Math.ceil(depth / shape.depth)));
  const ramb18 = fewest(blockShapes("ramb18", trueDual ? 18 : 36));
  const ramb36 = fewest(blockShapes("ramb36", trueDual ? 36 : 72));
  return ramb18 < 2 * ramb36 ? { ...nothing, ramb18 } : { ...nothing, ramb36 };
}

/** LUTs that LUT RAM primitives occupy: eight each, but those of one address only as many as hold used bits. */
function lutsOfLutram(spec: MemorySpec, { depth, count, banks }: YosysMapping): number {
  return spec.kind === "sp" && depth >= 64 ? spec.width * banks * (depth / 64) : 8 * count;
}

/** LUTs that choose among `banks`, measured: of each bit read, and of the write enables of one write port. */
const readSelectLuts = [0, 0, 1, 1, 1, 4, 8, 3, 3];
const writeSelectLuts = [0, 0, 2, 3, 4, 5, 6, 11, 14];

/**
 * LUTs (not MUXF) for the bank choice of all ports. Exact to within a few up to eight banks as Yosys 0.23 maps them, which
 * takes more for five or six than for eight; above, half a LUT for each bank and bit, within a third.
 */
function selectLuts({ kind, width }: MemorySpec, banks: number): number {
  const { write, read } = ports[kind];
  const perBit = readSelectLuts[banks] ?? banks / 2 - 1;
  return Math.ceil(read * width * perBit + write * (writeSelectLuts[banks] ?? banks));
}

/**
 * LUTs of a memory in soft logic. A ROM takes one per 64 bits and read port with the depth rounded up to a power of two, and a fifth more
 * above 512 words, where MUXF trees end; contents with equal columns take fewer. A RAM, chosen for a few dozen bits only,
 * takes about two LUTs a bit, with two write ports four.
 */
function softLogicLuts({ kind, width, depth }: MemorySpec): number {
  if (!isRom(kind)) return (kind === "tdp" ? 4 : 2) * width * depth;
  const words = 2 ** Math.ceil(Math.log2(depth));
  return Math.ceil(ports[kind].read * width * Math.ceil(words / 64) * (words > 512 ? 1.2 : 1));
}

function checkSize({ width, depth }: MemorySpec): void {
  const whole = (size: number) => Number.isInteger(size) && size >= 1;
  invariant(whole(width) && whole(depth), `a memory of ${depth} words of ${width} bits`);
}
