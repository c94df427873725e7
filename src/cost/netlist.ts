import { type Cost, cost, plus, shiftRegister } from "./cost.js";

/** A bit of a netlist, or a constant: ZERO, ONE, LATE_ZERO. */
export type Bit = number;

/**
 * Bits, functions and registers of a data path without control, as synthesis sees them when it has flattened it: a
 * register of a constant is that constant, the same register twice is one, what nothing needs goes, and registers in a
 * row without taps become shift registers.
 */
export interface Netlist {
  /** A bit that comes from outside; `resets`: registers that take it have a reset (and are no shift registers). */
  input(resets?: boolean): Bit;
  /**
   * A bit that depends on `from`, through `luts` LUTs of its own (a fraction where several bits share one). The same
   * function (`named`) of the same bits is one.
   */
  logic(luts: number, from: readonly Bit[], named?: string): Bit;
  /** A bit out of a block of the device, a DSP, that has registers of its own for `from`. */
  block(from: readonly Bit[]): Bit;
  /** A bit, `cycles` cycles later. */
  register(bit: Bit, cycles?: number): Bit;
  /** Something outside takes these bits. */
  use(bits: readonly Bit[]): void;
  /** LUTs, flip-flops and shift registers of all that is used. */
  cost(): Cost;
}

interface Node {
  readonly kind: "constant" | "input" | "logic" | "block" | "register";
  readonly luts: number;
  readonly from: readonly Bit[];
  readonly resets: boolean;
}

/** The constant 0. */
export const ZERO: Bit = 0;
/** The constant 1. */
export const ONE: Bit = 1;
/**
 * A zero that Yosys finds only after it has made adders of sums (a variable shift brings it in): it needs no register and no
 * LUT, but a carry chain stands where it is added.
 */
export const LATE_ZERO: Bit = 2;

/** Whether a bit is one of the constants: {@link ZERO}, {@link ONE}, {@link LATE_ZERO}. */
export const isConstant = (bit: Bit): boolean => bit <= LATE_ZERO;

/** An empty netlist. */
export function netlist(): Netlist {
  const constant: Node = { kind: "constant", luts: 0, from: [], resets: false };
  const nodes: Node[] = [constant, constant, constant];
  const registers = new Map<Bit, Bit>();
  const functions = new Map<string, Bit>();
  const used: Bit[] = [];
  const add = (node: Node): Bit => nodes.push(node) - 1;

  const next = (bit: Bit): Bit => {
    if (isConstant(bit)) return bit;
    const known = registers.get(bit);
    if (known !== undefined) return known;
    const resets = nodes[bit]?.resets === true;
    const made = add({ kind: "register", luts: 0, from: [bit], resets: false });
    if (resets) gated.add(made);
    registers.set(bit, made);
    return made;
  };
  /** Registers with a reset: they can't begin a shift register. */
  const gated = new Set<Bit>();

  return {
    input: (resets = false) => add({ kind: "input", luts: 0, from: [], resets }),
    logic(luts, from, named) {
      const key = named === undefined ? undefined : `${named} ${from.join(" ")}`;
      const known = key === undefined ? undefined : functions.get(key);
      if (known !== undefined) return known;
      const made = add({ kind: "logic", luts, from: from.filter((bit) => !isConstant(bit)), resets: false });
      if (key !== undefined) functions.set(key, made);
      return made;
    },
    block(from) {
      return add({ kind: "block", luts: 0, from: from.filter((bit) => !isConstant(bit)), resets: false });
    },
    register(bit, cycles = 1) {
      let last = bit;
      for (let i = 0; i < cycles; i++) last = next(last);
      return last;
    },
    use: (bits) => void used.push(...bits.filter((bit) => !isConstant(bit))),
    cost() {
      const users = usersOf(nodes, used);
      let luts = 0;
      let total = cost({});
      for (const [bit, by] of users) {
        const node = nodes[bit] as Node;
        luts += node.luts;
        // A reset that functions see is a gate before them.
        if (node.resets && by.some((user) => nodes[user]?.kind === "logic")) luts += 1;
        if (node.kind !== "register" || continues(bit)) continue;
        let length = 1;
        for (let last = bit; continuation(last) !== undefined; length++) last = continuation(last) as Bit;
        total = plus(
          total,
          gated.has(bit) ? plus(cost({ ff: 1 }), shiftRegister(length - 1)) : shiftRegister(length),
        );
      }
      return { ...total, lut: Math.max(0, Math.ceil(luts - 1e-6)) };

      /** The register that alone takes a register's bit. */
      function continuation(bit: Bit): Bit | undefined {
        const by = users.get(bit) ?? [];
        return by.length === 1 && nodes[by[0] as Bit]?.kind === "register" ? by[0] : undefined;
      }
      function continues(bit: Bit): boolean {
        const before = (nodes[bit] as Node).from[0] as Bit;
        return nodes[before]?.kind === "register" && continuation(before) === bit;
      }
    },
  };
}

/** What takes each bit that is needed; -1 for what lies outside. */
function usersOf(nodes: readonly Node[], used: readonly Bit[]): ReadonlyMap<Bit, readonly Bit[]> {
  const users = new Map<Bit, Bit[]>();
  const queue: Bit[] = [];
  const take = (bit: Bit, by: Bit): void => {
    const known = users.get(bit);
    if (known === undefined) {
      users.set(bit, [by]);
      queue.push(bit);
    } else known.push(by);
  };
  for (const bit of used) take(bit, -1);
  for (let bit = queue.pop(); bit !== undefined; bit = queue.pop())
    for (const from of (nodes[bit] as Node).from) take(from, bit);
  return users;
}

/**
 * Sum of two numbers, bits lowest first: a LUT where both have a bit that varies; bits below the lowest of one operand
 * pass. The carry chain itself costs nothing. Above its highest bit a number repeats it (end with ZERO if unsigned).
 */
export function sumBits(
  net: Netlist,
  a: readonly Bit[],
  b: readonly Bit[],
  width: number,
  subtract = false,
): readonly Bit[] {
  const at = (bits: readonly Bit[], i: number): Bit => bits[Math.min(i, bits.length - 1)] ?? ZERO;
  const sums: Bit[] = [];
  let carry: Bit | undefined;
  for (let i = 0; i < width; i++) {
    const [left, right] = [at(a, i), at(b, i)];
    if (carry === undefined && right === ZERO) sums.push(left);
    else if (carry === undefined && left === ZERO && !subtract) sums.push(right);
    else {
      // A sign that is repeated is the same function again.
      const both = !isConstant(left) && !isConstant(right);
      const half = net.logic(both ? 1 : 0, [left, right], subtract ? "unlike" : "like");
      const chain = [half, left, carry ?? ZERO];
      sums.push(net.logic(0, chain, "sum"));
      carry = net.logic(0, chain, "carry");
    }
  }
  return sums;
}

/** Sum of two unsigned numbers. */
export const addBits = (net: Netlist, a: readonly Bit[], b: readonly Bit[], width: number): readonly Bit[] =>
  sumBits(net, [...a, ZERO], [...b, ZERO], width);
