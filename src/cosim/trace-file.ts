import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { TensorHash } from "./hash.js";

/** What the bench wrote: in the order in which it happened. Words are hex text; `cycle` counts clock edges. */
export type TraceRecord =
  /** A word of a tensor (a state, the spikes), of the ticks that are written in full. */
  | {
      readonly kind: "word";
      readonly tensor: number;
      readonly cycle: number;
      readonly number: number;
      readonly word: string;
    }
  /** A stage closes a tick; a hash per tensor, in the order of its layout. */
  | {
      readonly kind: "tick";
      readonly stage: number;
      readonly cycle: number;
      readonly busy: number;
      readonly hashes: readonly TensorHash[];
    }
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
  /** What each class has of a frame, in a lane each, before the largest is looked for. */
  | { readonly kind: "votes"; readonly readout: number; readonly cycle: number; readonly word: string }
  /** An event that leaves a core without readouts, of the ticks that are written in full; then the hash of a tick's. */
  | { readonly kind: "event"; readonly cycle: number; readonly event: number }
  | { readonly kind: "events"; readonly cycle: number; readonly hash: TensorHash }
  /** Events that the core's input dropped, at the run's end. */
  | { readonly kind: "dropped"; readonly cycle: number; readonly count: number }
  | { readonly kind: "end"; readonly cycle: number; readonly complete: boolean };

/** Reads a trace file line by line; an unknown line throws, since only the emitted bench writes it. */
export async function* readTrace(path: string): AsyncGenerator<TraceRecord> {
  const lines = createInterface({
    input: createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 20 }),
  });
  for await (const line of lines) {
    yield parseRecord(line);
  }
}

/** One line of a trace file. A number with unknown (x) bits is NaN. */
export function parseRecord(line: string): TraceRecord {
  const [kind, ...fields] = line.split(" ");
  const [a = "", b = "", c = "", d = ""] = fields;
  switch (kind) {
    case "w":
      return { kind: "word", tensor: Number(a), cycle: Number(b), number: hex(c), word: d };
    case "e":
      return {
        kind: "tick",
        stage: Number(a),
        cycle: Number(b),
        busy: Number(c),
        hashes: Array.from({ length: (fields.length - 3) / 3 }, (_, k) => hashOf(fields, 3 + 3 * k)),
      };
    case "l":
      return { kind: "logits", readout: Number(a), cycle: Number(b), best: hex(c), word: d };
    case "c":
      return { kind: "class", readout: Number(a), cycle: Number(b), best: hex(c), votes: hex(d) };
    case "v":
      return { kind: "votes", readout: Number(a), cycle: Number(b), word: c };
    case "r":
      return { kind: "event", cycle: Number(a), event: hex(b) };
    case "o":
      return { kind: "events", cycle: Number(a), hash: hashOf(fields, 1) };
    case "d":
      return { kind: "dropped", cycle: Number(a), count: hex(b) };
    case "done":
      return { kind: "end", cycle: Number(a), complete: true };
    case "timeout":
      return { kind: "end", cycle: Number(a), complete: false };
    default:
      throw new Error(`compiler bug: unknown line in a trace file: ${line.slice(0, 80)}`);
  }
}

/** Unknown bits anywhere make the number unknown: parseInt would stop at them. */
const hex = (text: string): number => (/^[0-9a-f]+$/.test(text) ? Number.parseInt(text, 16) : Number.NaN);

const hashOf = (fields: readonly string[], at: number): TensorHash => {
  const [words, low, high] = [0, 1, 2].map((k) => hex(fields[at + k] ?? ""));
  return { words: words as number, low: low as number, high: high as number };
};

/** Lanes of a packed hex word as integers; undefined for a lane with unknown (x) bits. */
export function unpack(
  word: string,
  lanes: number,
  width: number,
  signed: boolean,
): readonly (number | undefined)[] {
  return unpackBits(word, lanes, width, signed).map((value) => (value === undefined ? value : Number(value)));
}

/** As `unpack`, of lanes that a double may not hold. */
export function unpackBits(
  word: string,
  lanes: number,
  width: number,
  signed: boolean,
): readonly (bigint | undefined)[] {
  if (/[xz]/i.test(word)) return unpackUnknown(word, lanes, width, signed);
  const value = BigInt(`0x${word}`);
  const shift = BigInt(width);
  return Array.from({ length: lanes }, (_, i) => {
    const raw = value >> (shift * BigInt(i));
    return signed ? BigInt.asIntN(width, raw) : BigInt.asUintN(width, raw);
  });
}

function unpackUnknown(
  word: string,
  lanes: number,
  width: number,
  signed: boolean,
): readonly (bigint | undefined)[] {
  const known = word.replace(/[xz]/gi, "0");
  const digits = [...word].reverse();
  return unpackBits(known, lanes, width, signed).map((value, i) => {
    const first = Math.floor((i * width) / 4);
    const last = Math.floor(((i + 1) * width - 1) / 4);
    return digits.slice(first, last + 1).some((d) => /[xz]/i.test(d)) ? undefined : value;
  });
}
