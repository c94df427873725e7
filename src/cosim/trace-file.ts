import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** What the bench wrote: in the order in which it happened. Words are hex text; `cycle` counts clock edges. */
export type TraceRecord =
  | { readonly kind: "spikes"; readonly stage: number; readonly cycle: number; readonly word: string }
  | {
      readonly kind: "state";
      readonly state: number;
      readonly cycle: number;
      readonly address: number;
      readonly word: string;
    }
  | { readonly kind: "tick"; readonly stage: number; readonly cycle: number; readonly busy: number }
  | {
      readonly kind: "logits";
      readonly readout: number;
      readonly cycle: number;
      readonly best: number;
      readonly word: string;
    }
  | {
      readonly kind: "class";
      readonly readout: number;
      readonly cycle: number;
      readonly best: number;
      readonly votes: number;
    }
  | { readonly kind: "end"; readonly cycle: number; readonly complete: boolean };

/** Reads a trace file line by line; an unknown line throws, since only the emitted bench writes it. */
export async function* readTrace(path: string): AsyncGenerator<TraceRecord> {
  const lines = createInterface({
    input: createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 20 }),
  });
  for await (const line of lines) {
    const record = parseRecord(line);
    if (record !== undefined) yield record;
  }
}

/** One line of a trace file; undefined for events of the core's output stream, which the stages' records hold already. */
export function parseRecord(line: string): TraceRecord | undefined {
  const [kind, a = "", b = "", c = "", d = ""] = line.split(" ");
  switch (kind) {
    case "s":
      return { kind: "spikes", stage: Number(a), cycle: Number(b), word: c };
    case "w":
      return { kind: "state", state: Number(a), cycle: Number(b), address: Number.parseInt(c, 16), word: d };
    case "e":
      return { kind: "tick", stage: Number(a), cycle: Number(b), busy: Number(c) };
    case "l":
      return { kind: "logits", readout: Number(a), cycle: Number(b), best: Number.parseInt(c, 16), word: d };
    case "c":
      return {
        kind: "class",
        readout: Number(a),
        cycle: Number(b),
        best: Number.parseInt(c, 16),
        votes: Number.parseInt(d, 16),
      };
    case "r":
      return undefined;
    case "done":
      return { kind: "end", cycle: Number(a), complete: true };
    case "timeout":
      return { kind: "end", cycle: Number(a), complete: false };
    default:
      throw new Error(`compiler bug: unknown line in a trace file: ${line.slice(0, 80)}`);
  }
}

/** Lanes of a packed hex word as integers; undefined for a lane with unknown (x) bits. */
export function unpack(
  word: string,
  lanes: number,
  width: number,
  signed: boolean,
): readonly (number | undefined)[] {
  if (/[xz]/i.test(word)) return unpackUnknown(word, lanes, width, signed);
  const value = BigInt(`0x${word}`);
  const shift = BigInt(width);
  return Array.from({ length: lanes }, (_, i) => {
    const raw = value >> (shift * BigInt(i));
    return Number(signed ? BigInt.asIntN(width, raw) : BigInt.asUintN(width, raw));
  });
}

function unpackUnknown(
  word: string,
  lanes: number,
  width: number,
  signed: boolean,
): readonly (number | undefined)[] {
  const known = word.replace(/[xz]/gi, "0");
  const digits = [...word].reverse();
  return unpack(known, lanes, width, signed).map((value, i) => {
    const first = Math.floor((i * width) / 4);
    const last = Math.floor(((i + 1) * width - 1) / 4);
    return digits.slice(first, last + 1).some((d) => /[xz]/i.test(d)) ? undefined : value;
  });
}
