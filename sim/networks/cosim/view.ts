import type { Difference } from "../../../src/commands/verify.js";
import { unpack } from "../../../src/cosim/trace-file.js";
import type { Design } from "../../../src/ir/design.js";
import { layoutsOf } from "../../../src/mapping/layout.js";

/** What a save file of GTKWave says: its signals in their order, and where its marker stands. */
export function readView(text: string) {
  const lines = text.split("\n");
  const signals = lines.filter((line) => /^[A-Za-z]/.test(line));
  const marker = Number(lines.find((line) => line.startsWith("*"))?.split(" ")[1]);
  return { signals, marker };
}

/** Values of a VCD file's signals at a time, in bits, by name with scopes and range. */
export function valuesAt(vcd: string, time: number): ReadonlyMap<string, string> {
  const names = new Map<string, string[]>();
  const scopes: string[] = [];
  const values = new Map<string, string>();
  let now = 0;
  for (const line of vcd.split("\n").map((each) => each.trim())) {
    const [word = "", second = "", third = "", fourth = "", name = "", range = ""] = line.split(/\s+/);
    if (word === "$scope") scopes.push(third);
    else if (word === "$upscope") scopes.pop();
    else if (word === "$var") {
      const full = [...scopes, `${name}${range.startsWith("[") ? range : ""}`].join(".");
      names.set(fourth, [...(names.get(fourth) ?? []), full]);
    } else if (word.startsWith("#")) {
      now = Number(word.slice(1));
      if (now > time) break;
    } else if (word.startsWith("b")) values.set(second, word.slice(1));
    else if (/^[01xz]/.test(word)) values.set(word.slice(1), word[0] as string);
  }
  return new Map(
    [...values].flatMap(([id, value]) => (names.get(id) ?? []).map((name) => [name, value] as const)),
  );
}

/** The differing element's value in a word of its tensor, given in bits. */
export function elementIn(design: Design, { layer, signal, channel, y, x }: Difference, bits: string) {
  const { tensors } = layoutsOf(design).find(({ stage }) => stage.name === layer) ?? { tensors: [] };
  const tensor = tensors.find((each) => each.signal === signal);
  if (tensor === undefined) throw new Error(`no tensor ${signal}`);
  const { shape, order, lanes, width, signed } = tensor;
  const lane = order.indexOf((channel * shape.height + y) * shape.width + x) % lanes;
  const hex = BigInt(`0b${bits}`).toString(16);
  return unpack(hex, lanes, width, signed)[lane];
}
