import { invariant } from "../../diagnostics/diagnostic.js";
import {
  type ChannelTable,
  type Net,
  type Pipeline,
  type PipelineOp,
  type Source,
  sourcesOf,
} from "../../ir/pipeline.js";
import { latencyOf } from "../../mapping/latencies.js";
import { tableNet } from "../../mapping/pipeline-sources.js";
import { widthOf } from "../../mapping/widths.js";
import { equal } from "./expect.js";

/** Where a net comes from, and in which cycle it is there. */
interface Defined {
  readonly net: Net;
  readonly ready: number;
}

/**
 * Every operand is there in exactly the cycle in which its operation starts, nets have one source, results leave together,
 * tables have a word a channel.
 */
export function checkPipeline(where: string, p: Pipeline, channels: number): void {
  const nets = new Map<string, Defined>();
  const define = (net: Net, ready: number): void => {
    invariant(!nets.has(net.name), `${where}: net '${net.name}' has two sources`);
    invariant(
      net.width >= 1 && (!net.bit || net.width === 1),
      `${where}: net '${net.name}' of ${net.width} bits`,
    );
    nets.set(net.name, { net, ready });
  };
  const read = (net: Net, cycle: number, reader: string): void => {
    const found = nets.get(net.name);
    invariant(found !== undefined, `${where}: ${reader} reads '${net.name}' before its source`);
    equal(`${where}: cycle of '${net.name}' in ${reader}`, found.ready, cycle);
    const same = found.net.width === net.width && found.net.bit === net.bit;
    invariant(same, `${where}: ${reader} reads '${net.name}' as another type than its source has`);
  };
  define(p.input, 0);
  for (const s of p.states) {
    equal(`${where}: width of state '${s.name}'`, s.width, s.before.width);
    define(s.before, 0);
  }
  for (const t of p.tables) checkTable(where, t, channels);
  for (const op of p.ops) {
    for (const source of sourcesOf(op)) {
      if (source.kind === "net") read(source.net, op.start, op.id);
      if (source.kind === "table") readTable(where, p, source, op);
    }
    if (op.kind !== "delay") equal(`${where}: latency of ${op.id}`, op.latency, latencyOf(op.kind));
    else invariant(op.latency >= 1, `${where}: ${op.id} delays by ${op.latency}`);
    define(op.out, op.start + op.latency);
  }
  for (const s of p.states) {
    read(s.after, p.latency, `state '${s.name}'`);
    equal(`${where}: width of the next '${s.name}'`, s.after.width, s.width);
  }
  for (const [name, net] of Object.entries(p.outputs)) read(net, p.latency, `output '${name}'`);
}

function checkTable(where: string, t: ChannelTable, channels: number): void {
  equal(`${where}: words of ${t.name}`, t.values.length, channels);
  for (const v of t.values) {
    const fits = widthOf({ low: v, high: v }) <= t.width;
    invariant(fits, `${where}: ${t.name} holds ${v}, which ${t.width} bits do not`);
  }
}

function readTable(where: string, p: Pipeline, source: Source & { kind: "table" }, op: PipelineOp): void {
  const table = p.tables.find((t) => tableNet(t) === source.table);
  invariant(table !== undefined, `${where}: ${op.id} reads unknown table '${source.table}'`);
  equal(`${where}: cycle of ${source.table} in ${op.id}`, table.start, op.start);
  equal(`${where}: width of ${source.table} in ${op.id}`, source.width, table.width);
}
