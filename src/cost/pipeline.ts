import type { Word } from "../ir/geometry.js";
import type { ChannelTable, Pipeline, Source } from "../ir/pipeline.js";
import { productOf } from "../mapping/parts.js";
import { tableNet } from "../mapping/pipeline-sources.js";
import { addressBits } from "../mapping/widths.js";
import { type Cost, cost, type Mapper, memoryUse, plus } from "./cost.js";
import { dspOf } from "./multiplier.js";
import { type Bit, type Netlist, netlist, ONE, ZERO } from "./netlist.js";
import { type Bits, bitsOf, resultOf } from "./operations.js";

/** Where a pipeline stands, as far as its cost depends on it. */
export interface PipelineSite {
  readonly word: Word;
  /** Words of a table: groups of channels. */
  readonly groups: number;
  /** Registers without enable right before its input: they are counted here, for they join its delays. */
  readonly inputRegisters: number;
  /** Outputs that something takes. */
  readonly outputs: readonly string[];
}

/**
 * All lanes of a pipeline (templates/verilog/pipeline.v.hbs): its rtl/fx_*.v blocks with their delays and tables. Bits
 * are followed one by one, since what costs anything depends on constants: zeros that a shift brings in need no adder,
 * and a delay that passes an adder's zeros goes on as the same shift register.
 */
export function pipelineCost(pipeline: Pipeline, site: PipelineSite, mapper: Mapper): Cost {
  const net = netlist();
  const lanes = site.word.channels * site.word.columns;
  const tables = channelTables(net, pipeline.tables, site, mapper);
  for (let lane = 0; lane < lanes; lane++) {
    const nets = new Map<string, Bits>();
    const input = Array.from({ length: pipeline.input.width }, () =>
      net.register(net.logic(0, [net.input()]), site.inputRegisters),
    );
    nets.set(pipeline.input.name, input);
    // Zero in the first tick of a frame: a reset of the registers behind.
    for (const { before } of pipeline.states)
      nets.set(
        before.name,
        Array.from({ length: before.width }, () => net.input(true)),
      );
    const number = (source: Source): Bits => {
      if (source.kind === "literal") return bitsOf(source.value, source.width);
      if (source.kind === "table") return tables.bits(source.table, lane);
      const bits = nets.get(source.net.name) as Bits;
      return source.net.bit ? [bits[0] as Bit, ZERO] : bits;
    };
    for (const op of pipeline.ops) nets.set(op.out.name, resultOf(net, op, number, nets, mapper));
    for (const { after } of pipeline.states) net.use(nets.get(after.name) as Bits);
    for (const name of site.outputs) net.use(nets.get(pipeline.outputs[name]?.name as string) as Bits);
  }
  const products = pipeline.ops.flatMap((op) => (op.kind === "mul" ? (productOf(op) ?? []) : []));
  const dsp = products.reduce((sum, product) => sum + dspOf(product, mapper), 0);
  return plus(net.cost(), tables.memories, cost({ dsp: lanes * dsp }));
}

/** Words of the tables, lane by lane, and what their memories take. */
function channelTables(net: Netlist, tables: readonly ChannelTable[], site: PipelineSite, mapper: Mapper) {
  const { word, groups } = site;
  const lanes = word.channels * word.columns;
  const group = Array.from({ length: groups > 1 ? addressBits(groups) : 0 }, () => net.input());
  const columns = new Map<string, Bit>();
  const words = new Map<string, readonly Bits[]>();
  let memories = cost({});
  for (const table of tables) {
    const use = memoryUse(
      { kind: "rom", width: lanes * table.width, depth: groups, style: "auto", copies: 1 },
      mapper,
    );
    const inBlocks = use.ramb18 + use.ramb36 > 0;
    if (inBlocks) memories = plus(memories, cost(use));
    const address = group.map((bit) => net.register(bit, table.start));
    const column = (lane: number, i: number): Bit => {
      if (inBlocks) return net.input();
      const pattern = Array.from({ length: groups }, (_, g) => {
        const value = table.values[g * word.channels + (lane % word.channels)] as bigint;
        return (value >> BigInt(i)) & 1n;
      });
      if (pattern.every((bit) => bit === pattern[0])) return pattern[0] === 1n ? ONE : ZERO;
      const key = `${table.start} ${pattern.join("")}`;
      // A word of two is the address or its inverse; else a LUT for 64 words. Equal columns are one.
      const luts = groups === 2 ? 0 : 2 ** Math.max(0, address.length - 6);
      const made = columns.get(key) ?? net.register(net.logic(luts, address));
      columns.set(key, made);
      return made;
    };
    words.set(
      tableNet(table),
      Array.from({ length: lanes }, (_, lane) =>
        Array.from({ length: table.width }, (_, i) => column(lane, i)),
      ),
    );
  }
  return { memories, bits: (table: string, lane: number): Bits => words.get(table)?.[lane] as Bits };
}
