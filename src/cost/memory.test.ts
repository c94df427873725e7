import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type MemoryKind,
  type MemorySpec,
  type MemoryStyle,
  type MemoryUse,
  mapMemoryVivado,
  mapMemoryYosys,
  yosysMapping,
  yosysRefusal,
} from "./memory.js";

const lines = readFileSync("../shared/data/fpga/yosys_mem_map.csv", "utf8").trim().split("\n");
const header = lines[0]!.split(",");
const rows = lines
  .slice(1)
  .map((line) => Object.fromEntries(line.split(",").map((text, column) => [header[column]!, text])))
  .map((row) => ({
    line: Object.values(row).join(","),
    spec: {
      kind: row.mode,
      style: row.ram_style,
      width: Number(row.width),
      depth: Number(row.depth),
    } as MemorySpec,
    options: { uram: row.uram_flag === "1" },
    primitive: row.primitive!,
    config: row.prim_config!,
    count: Number(row.prim_count),
    lutramLuts: Number(row.lutram_luts),
    synthesisedLuts: row.full_synth_lut === "" ? undefined : Number(row.full_synth_lut),
    bestAspect: Number(row.est_best_aspect_ramb36),
    uramAspect: Number(row.est_aspect_uram),
  }));
const clocked = rows.filter(({ spec }) => ["sdp", "sp", "tdp", "rom"].includes(spec.kind));
const refusedByYosys = (row: (typeof rows)[number]) => row.primitive === "INVALID(synth error)";

const memory = (kind: MemoryKind, width: number, depth: number, style: MemoryStyle = "auto"): MemorySpec => ({
  kind,
  width,
  depth,
  style,
});
const nothing = { ramb18: 0, ramb36: 0, uram: 0, lutram: 0, lut: 0 };
const anySpec: fc.Arbitrary<MemorySpec> = fc.record({
  kind: fc.constantFrom<MemoryKind>("sdp", "sp", "tdp", "rom"),
  width: fc.integer({ min: 1, max: 300 }),
  depth: fc.integer({ min: 1, max: 70_000 }),
  style: fc.constantFrom<MemoryStyle>("auto", "block", "distributed", "ultra"),
});
const possibleSpec = anySpec.filter((spec) => yosysRefusal(spec) === undefined);
const halves = (use: { ramb18: number; ramb36: number }) => use.ramb18 + 2 * use.ramb36;

describe("Yosys", () => {
  test("all 4382 measured memories with clocked reads have the predicted primitive, shape and count", () => {
    expect(rows).toHaveLength(4530);
    expect(clocked).toHaveLength(4382);
    const wrong = clocked.filter((row) => {
      const mapping = yosysMapping(row.spec, row.options);
      if (mapping === "logic" || mapping === undefined)
        return mapping !== "logic" || row.primitive !== "LUT/FF";
      const shape = `${mapping.depth}x${mapping.width}`;
      const named = { ramb18: "RAMB18", ramb36: "RAMB36", uram: "URAM", lutram: "RAM" }[mapping.primitive];
      // Of LUT RAM the shape tells the primitive; of ROM in block RAM the shape was not recorded.
      const samePrimitive = refusedByYosys(row) || row.primitive.startsWith(named);
      const sameShape = row.config === "" || row.config.split(" ")[0] === shape;
      return !samePrimitive || !sameShape || mapping.count !== row.count;
    });
    expect(wrong.map((row) => row.line)).toEqual([]);
  });

  test("use of all measured memories that Yosys can synthesise, refusal of the 284 others", () => {
    const refused = clocked.filter(({ spec, options }) => yosysRefusal(spec, options) !== undefined);
    expect(refused.filter((row) => !refusedByYosys(row))).toEqual([]);
    expect(refused).toHaveLength(284);
    const wrong = clocked.filter((row) => {
      if (refusedByYosys(row)) return false;
      const { lut, ...use } = mapMemoryYosys(row.spec, row.options);
      const counted = (name: string) => (row.primitive.startsWith(name) ? row.count : 0);
      const measured = {
        ramb18: counted("RAMB18"),
        ramb36: counted("RAMB36"),
        uram: counted("URAM"),
        lutram: row.lutramLuts,
      };
      return JSON.stringify(use) !== JSON.stringify(measured);
    });
    expect(wrong.map((row) => row.line)).toEqual([]);
  });

  test("LUTs of full syntheses: 133 of 165 are exact, all within 27 %, the sum within 5 %", () => {
    const pairs = clocked.flatMap((row) =>
      (row.synthesisedLuts ?? 0) > 0
        ? [{ measured: row.synthesisedLuts!, estimate: mapMemoryYosys(row.spec, row.options).lut }]
        : [],
    );
    expect(pairs).toHaveLength(165);
    expect(pairs.filter(({ measured, estimate }) => measured === estimate)).toHaveLength(133);
    for (const { measured, estimate } of pairs) {
      expect(Math.abs(estimate - measured)).toBeLessThanOrEqual(2 + 0.27 * measured);
    }
    const sum = (key: "measured" | "estimate") => pairs.reduce((total, pair) => total + pair[key], 0);
    expect(sum("estimate") / sum("measured")).toBeCloseTo(1.045, 3);
  });

  // Synthesised with 0.23 beyond the table: odd depths, wide words, shallow memories.
  test.each<[MemorySpec, Partial<MemoryUse>]>([
    [memory("sdp", 24, 6272), { ramb36: 5 }],
    [memory("sdp", 27, 2049), { ramb36: 2, lut: 113 }],
    [memory("sdp", 12, 25_088), { ramb18: 21, lut: 47 }],
    [memory("sdp", 256, 2049), { ramb18: 37, lut: 1029 }],
    [memory("sdp", 96, 5000), { ramb36: 14, lut: 389 }],
    [memory("sdp", 24, 65), { lutram: 48, lut: 27 }],
    [memory("sdp", 72, 16), { lutram: 48, lut: 0 }],
    [memory("sdp", 25, 19_368, "ultra"), { uram: 2, lut: 105 }],
    [memory("sdp", 105, 36_974, "ultra"), { uram: 15 }],
    [memory("tdp", 24, 2953, "block"), { ramb18: 5, lut: 54 }],
    [memory("rom", 8, 1568), { ramb18: 1, lut: 0 }],
    [memory("rom", 64, 1568), { ramb36: 4, lut: 0 }],
    [memory("rom", 64, 3136), { ramb18: 13, lut: 192 }],
    [memory("rom", 24, 300), { lut: 192 }],
    [memory("sdp", 2, 152), { lutram: 24, lut: 5 }],
    [memory("sdp", 6, 135, "distributed"), { lutram: 24, lut: 9 }],
    [memory("sdp", 116, 68), { ramb36: 2, lut: 0 }],
    [memory("sp", 97, 69), { lutram: 194, lut: 0 }],
    [memory("sp", 1, 160), { lutram: 4, lut: 0 }],
    [memory("sp", 12, 165), { lutram: 36, lut: 15 }],
    [memory("sp", 28, 21), { lutram: 16, lut: 0 }],
  ])("%j takes %j", (spec, use) => {
    expect(mapMemoryYosys(spec)).toMatchObject(
      use.lut === undefined ? { ...nothing, ...use, lut: expect.any(Number) } : { ...nothing, ...use },
    );
  });

  test("option -uram changes style auto only", () => {
    expect(mapMemoryYosys(memory("sdp", 24, 8192))).toEqual({ ...nothing, ramb36: 6 });
    expect(mapMemoryYosys(memory("sdp", 24, 8192), { uram: true }).uram).toBe(1);
    expect(mapMemoryYosys(memory("sdp", 24, 8192, "block"), { uram: true })).toEqual({
      ...nothing,
      ramb36: 6,
    });
  });

  test.each<[MemorySpec, string]>([
    [memory("rom", 8, 512, "distributed"), "finds no mapping"],
    [memory("rom", 8, 512, "ultra"), "finds no mapping"],
    [memory("tdp", 8, 512, "distributed"), "finds no mapping"],
    [memory("tdp", 8, 512, "ultra"), "finds no mapping"],
    [memory("sp", 8, 512), "chooses an invalid LUT RAM"],
    [memory("sp", 24, 8192, "distributed"), "chooses an invalid LUT RAM"],
  ])("%j is refused", (spec, reason) => {
    expect(yosysRefusal(spec)).toContain(reason);
    expect(() => mapMemoryYosys(spec)).toThrow(`compiler bug: Yosys`);
  });

  test("what it refuses says how else: in style block it is accepted", () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        expect(yosysRefusal({ ...spec, style: "block" })).toBeUndefined();
      }),
    );
  });
});

describe("Vivado (rules, not run)", () => {
  test("block and ultra counts are the best aspect ratios of the table", () => {
    const wrong = clocked.filter(({ spec, bestAspect, uramAspect }) => {
      const block = halves(mapMemoryVivado({ ...spec, style: "block" })) / 2 !== bestAspect;
      const ultra = spec.kind !== "rom" && mapMemoryVivado({ ...spec, style: "ultra" }).uram !== uramAspect;
      return block || ultra;
    });
    expect(wrong.map((row) => row.line)).toEqual([]);
  });

  test("Yosys uses as much block RAM, but for ten true dual-port memories", () => {
    const blocks = clocked.filter((row) => row.primitive.startsWith("RAMB"));
    expect(blocks).toHaveLength(2244);
    const more = blocks.filter(
      ({ spec, options, bestAspect }) => halves(mapMemoryYosys(spec, options)) / 2 !== bestAspect,
    );
    expect(more).toHaveLength(10);
    for (const { spec, options, bestAspect } of more) {
      expect(spec.kind).toBe("tdp");
      expect(halves(mapMemoryYosys(spec, options)) / 2).toBeGreaterThan(bestAspect);
    }
  });

  test.each<[MemorySpec, Partial<MemoryUse>]>([
    [memory("sdp", 24, 8192, "ultra"), { uram: 2 }],
    [memory("sdp", 72, 8192, "ultra"), { uram: 2 }],
    [memory("tdp", 72, 4097, "ultra"), { uram: 2 }],
    [memory("sdp", 24, 8192, "block"), { ramb36: 6 }],
    [memory("sdp", 24, 2048, "block"), { ramb18: 3 }],
    [memory("sdp", 72, 65_536, "block"), { ramb36: 128 }],
    [memory("sdp", 24, 512), { ramb18: 1 }],
    [memory("tdp", 24, 512), { ramb36: 1 }],
    [memory("tdp", 1, 64), { ramb18: 1 }],
    [memory("sdp", 24, 64), { lutram: 32 }],
    [memory("sdp", 24, 32), { lutram: 16 }],
    [memory("sp", 24, 64), { lutram: 24 }],
    [memory("sp", 8, 512, "distributed"), { lutram: 64 }],
    [memory("sp", 24, 8192), { ramb36: 6 }],
    [memory("sdp", 8, 256, "distributed"), { lutram: 64, lut: 12 }],
    [memory("rom", 8, 512), { lut: 64 }],
    [memory("rom", 8, 512, "distributed"), { lut: 64 }],
  ])("%j takes %j", (spec, use) => {
    expect(mapMemoryVivado(spec)).toEqual({ ...nothing, ...use });
  });

  test("impossible memories are compiler bugs", () => {
    expect(() => mapMemoryVivado(memory("rom", 8, 512, "ultra"))).toThrow("compiler bug: a ROM in URAM");
    expect(() => mapMemoryVivado(memory("tdp", 8, 512, "distributed"))).toThrow(
      "compiler bug: a true dual-port",
    );
  });
});

describe("both", () => {
  const capacity = (use: MemoryUse) =>
    18_432 * use.ramb18 + 36_864 * use.ramb36 + 294_912 * use.uram + 64 * (use.lutram + use.lut);
  const mappers: readonly ((spec: MemorySpec) => MemoryUse)[] = [mapMemoryYosys, mapMemoryVivado];

  test("what is used holds the memory's bits", () => {
    fc.assert(
      fc.property(possibleSpec, fc.constantFrom(...mappers), (spec, map) => {
        expect(capacity(map(spec))).toBeGreaterThanOrEqual(spec.width * spec.depth);
      }),
    );
  });

  test("a style is obeyed, and block RAM and URAM of Vivado need no logic", () => {
    fc.assert(
      fc.property(possibleSpec, fc.constantFrom(...mappers), (spec, map) => {
        const use = map(spec);
        if (spec.style !== "auto") expect(use.uram > 0).toBe(spec.style === "ultra");
        if (spec.style === "block") expect(halves(use)).toBeGreaterThan(0);
        if (spec.style === "distributed") expect(halves(use) + use.uram).toBe(0);
        if (map === mapMemoryVivado && halves(use) + use.uram > 0) expect(use.lut + use.lutram).toBe(0);
      }),
    );
  });

  test("in Vivado's style block and ultra, more words or wider words never take less", () => {
    fc.assert(
      fc.property(anySpec, fc.nat(40), fc.nat(5000), (spec, wider, deeper) => {
        const larger = { ...spec, width: spec.width + wider, depth: spec.depth + deeper };
        const block = (of: MemorySpec) => halves(mapMemoryVivado({ ...of, style: "block" }));
        const ultra = (of: MemorySpec) => mapMemoryVivado({ ...of, kind: "sdp", style: "ultra" }).uram;
        expect(block(larger)).toBeGreaterThanOrEqual(block(spec));
        expect(ultra(larger)).toBeGreaterThanOrEqual(ultra(spec));
      }),
    );
  });

  test.each([
    [0, 16],
    [8, 0],
    [-1, 16],
    [8, 1.5],
    [Number.NaN, 16],
    [8, Number.POSITIVE_INFINITY],
  ])("a memory of width %d and depth %d is refused", (width, depth) => {
    for (const map of mappers) {
      expect(() => map(memory("sdp", width, depth))).toThrow("compiler bug: a memory of");
    }
  });
});

// Measured with Yosys 0.23: rtl/weight_rom.v with READS = 2.
test.each([
  [64, 600, "block", { ramb36: 2 }],
  [128, 512, "block", { ramb36: 4 }],
  [224, 448, "block", { ramb18: 13 }],
  [300, 256, "block", { ramb18: 17 }],
  [96, 1024, "block", { ramb36: 3 }],
  [36, 2048, "block", { ramb36: 2 }],
  [72, 2048, "block", { ramb36: 4 }],
  [20, 512, "block", { ramb36: 1 }],
  [18, 1024, "block", { ramb18: 1 }],
  [40, 100, "auto", { lut: 160 }],
] as const)("a ROM of two reads, %i bits by %i words (%s)", (width, depth, style, use) => {
  expect(mapMemoryYosys(memory("rom2", width, depth, style))).toMatchObject(use);
});

test("a ROM of two reads has the ports of a true dual-port memory", () => {
  expect(mapMemoryVivado(memory("rom2", 1792, 448, "block"))).toMatchObject({ ramb36: 50, ramb18: 0 });
});
