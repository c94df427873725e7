import { advance, type Code, get, i32, mem, op, repeat, set, tee, when } from "../asm.js";
import type { FunctionBuilder } from "../assemble.js";
import { type Lane, laneBytes, lengthOf, type PixelMap } from "../memory.js";

/** Loops over the operands of a synapse that are not 0. */

/** Runs `body` with `element` at the index of every byte that is 1, ascending. */
export function eachSpike(f: FunctionBuilder, at: number, length: number, element: number, body: Code): Code {
  const [start, bits] = f.locals("i32", 2);
  const bytes = f.local("v128");
  return [
    set(start, i32(0)),
    repeat(
      [
        when(
          op.anytrue(tee(bytes, mem.load(at, get(start)))),
          set(bits, op.i8x16bitmask(op.i8x16neg(get(bytes)))),
          repeat(
            [set(element, op.i32add(get(start), op.i32ctz(get(bits)))), body],
            tee(bits, op.i32and(get(bits), op.i32sub(get(bits), i32(1)))),
          ),
        ),
        advance(start, 16),
      ],
      op.i32ltu(get(start), i32(length)),
    ),
  ];
}

/** Runs `body` with `factor` at every operand that is not 0, in two lanes of 64 bits; padding is left out. */
export function eachElement(
  at: number,
  lane: Lane,
  input: PixelMap,
  element: number,
  factor: number,
  body: Code,
): Code {
  const address = op.i32mul(get(element), i32(laneBytes(lane)));
  const value = lane === "i32" ? op.i64extend(mem.i32load(at, address)) : mem.i64load(at, address);
  const inside = op.i32ltu(
    op.i32sub(get(element), op.i32mul(op.i32divu(get(element), i32(input.stride)), i32(input.stride))),
    i32(input.channels),
  );
  const any = op.i32eqz(op.i64eqz(value));
  const test = input.stride === input.channels ? any : op.i32and(any, inside);
  return [
    set(element, i32(0)),
    repeat(
      [when(test, set(factor, op.i64splat(value)), body), advance(element, 1)],
      op.i32ltu(get(element), i32(lengthOf(input))),
    ),
  ];
}
