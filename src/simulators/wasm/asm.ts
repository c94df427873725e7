/**
 * The instructions of WebAssembly with SIMD that are used here. Code is a nested list of bytes, so that an
 * instruction is written as a call whose arguments are the code of its operands:
 *
 *     op.i32add(get(x), i32(4))        local.get x · i32.const 4 · i32.add
 *
 * Source: the WebAssembly core specification 2.0, binary format.
 */

/** Bytes, or code that follows on one another. */
export type Code = number | readonly Code[];

/** Unsigned LEB128. */
export function uleb(value: number): readonly number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

/** Signed LEB128. */
export function sleb(value: bigint): readonly number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 127n);
    if (rest >= -64n && rest < 64n) return [...bytes, low];
    bytes.push(low | 128);
  }
}

/** Opcodes of instructions without immediates, by the name that `op` gives them; 0xfdNN are of the SIMD page. */
const opcodes = {
  i32eqz: 0x45,
  i32eq: 0x46,
  i32lts: 0x48,
  i32ltu: 0x49,
  i32gts: 0x4a,
  i32geu: 0x4f,
  i64eqz: 0x50,
  i64ges: 0x59,
  i32ctz: 0x68,
  i32popcnt: 0x69,
  i32add: 0x6a,
  i32sub: 0x6b,
  i32mul: 0x6c,
  i32divu: 0x6e,
  i32and: 0x71,
  i32or: 0x72,
  i32shl: 0x74,
  i32shrs: 0x75,
  i32shru: 0x76,
  i64add: 0x7c,
  i64sub: 0x7d,
  i64or: 0x84,
  i64shru: 0x88,
  select: 0x1b,
  i32ges: 0x4e,
  i32wrap: 0xa7,
  i64extend: 0xac,
  i16splat: 0xfd10,
  i32splat: 0xfd11,
  i64splat: 0xfd12,
  i32x4eq: 0xfd37,
  i32x4ne: 0xfd38,
  i32x4lts: 0xfd39,
  i32x4gts: 0xfd3b,
  i32x4ges: 0xfd3f,
  not: 0xfd4d,
  and: 0xfd4e,
  andnot: 0xfd4f,
  or: 0xfd50,
  bitselect: 0xfd52,
  anytrue: 0xfd53,
  i8x16neg: 0xfd61,
  i8x16bitmask: 0xfd64,
  i8x16narrow: 0xfd65,
  i16x8narrow: 0xfd85,
  i16x8lowu8: 0xfd89,
  i16x8add: 0xfd8e,
  i16x8maxs: 0xfd98,
  i32x4bitmask: 0xfda4,
  i32x4low16: 0xfda7,
  i32x4lowu16: 0xfda9,
  i32x4shl: 0xfdab,
  i32x4shrs: 0xfdac,
  i32x4shru: 0xfdad,
  i32x4add: 0xfdae,
  i32x4sub: 0xfdb1,
  i32x4mul: 0xfdb5,
  i32x4mins: 0xfdb6,
  i32x4maxs: 0xfdb8,
  i32x4dot: 0xfdba,
  i32x4extmullow: 0xfdbc,
  i32x4extmulhigh: 0xfdbd,
  i64x2bitmask: 0xfdc4,
  i64x2low32: 0xfdc7,
  i64x2high32: 0xfdc8,
  i64x2shl: 0xfdcb,
  i64x2shrs: 0xfdcc,
  i64x2shru: 0xfdcd,
  i64x2add: 0xfdce,
  i64x2sub: 0xfdd1,
  i64x2mul: 0xfdd5,
  i64x2eq: 0xfdd6,
  i64x2ne: 0xfdd7,
  i64x2lts: 0xfdd8,
  i64x2gts: 0xfdd9,
  i64x2ges: 0xfddb,
  i64x2extmullow: 0xfddc,
  i64x2extmulhigh: 0xfddd,
} as const;

/** Loads and stores, by name: opcode. */
const memoryOpcodes = {
  i32load: 0x28,
  i64load: 0x29,
  i32load8u: 0x2d,
  i32store: 0x36,
  i64store: 0x37,
  i32store8: 0x3a,
  load: 0xfd00,
  load8x8s: 0xfd01,
  load16x4s: 0xfd03,
  load32x2s: 0xfd05,
  load32splat: 0xfd09,
  store: 0xfd0b,
  load32zero: 0xfd5c,
} as const;

type Op = keyof typeof opcodes;
type MemoryOp = keyof typeof memoryOpcodes;

const bytesOf = (opcode: number): readonly number[] =>
  opcode < 0x100 ? [opcode] : [opcode >> 8, ...uleb(opcode & 0xff)];

const entriesOf = <K extends string, V, R>(table: { readonly [N in K]: V }, make: (value: V) => R) =>
  Object.fromEntries(Object.entries<V>(table).map(([name, value]) => [name, make(value)])) as {
    readonly [N in K]: R;
  };

/** Every instruction of `opcodes`: its operands' code, then itself. */
export const op: { readonly [N in Op]: (...operands: readonly Code[]) => Code } = entriesOf(
  opcodes,
  (opcode) => {
    const bytes = bytesOf(opcode);
    return (...operands: readonly Code[]): Code => [operands, bytes];
  },
);

/** Every load and store: (constant offset, address, value of a store). */
export const mem: {
  readonly [N in MemoryOp]: (offset: number, ...operands: readonly Code[]) => Code;
} = entriesOf(memoryOpcodes, (opcode) => {
  const bytes = bytesOf(opcode);
  return (offset: number, ...operands: readonly Code[]): Code => [operands, bytes, 0, uleb(offset)];
});

/** A constant of 32 bits. */
export const i32 = (value: number): Code => [0x41, sleb(BigInt(value | 0))];
/** A constant of 64 bits. */
export const i64 = (value: bigint): Code => [0x42, sleb(value)];
/** The value of a local. */
export const get = (local: number): Code => [0x20, uleb(local)];
/** Puts a value into a local. */
export const set = (local: number, value: Code): Code => [value, 0x21, uleb(local)];
/** Puts a value into a local, and leaves it as the result. */
export const tee = (local: number, value: Code): Code => [value, 0x22, uleb(local)];

/** Four equal 32-bit lanes. */
export const i32x4 = (value: bigint): Code =>
  vector(new Uint8Array(new Int32Array(4).fill(Number(BigInt.asIntN(32, value))).buffer));
/** Two equal 64-bit lanes. */
export const i64x2 = (value: bigint): Code => vector(new Uint8Array(new BigInt64Array(2).fill(value).buffer));
const vector = (bytes: Uint8Array): Code => [0xfd, 0x0c, [...bytes]];

/** Bytes of `a` (0 to 15) and `b` (16 to 31) in any order. */
export const shuffle = (a: Code, b: Code, bytes: readonly number[]): Code => [a, b, 0xfd, 0x0d, bytes];
/** One of the four 32-bit lanes of `a`. */
export const extract32 = (a: Code, lane: number): Code => [a, 0xfd, 0x1b, lane];

/** Fills `size` bytes with zeros. */
export const fillZero = (address: number, size: number): Code => [
  i32(address),
  i32(0),
  i32(size),
  0xfc,
  11,
  0,
];

/** A block without a result that runs `body` where `condition` is not 0. */
export const when = (condition: Code, ...body: readonly Code[]): Code => [condition, 0x04, 0x40, body, 0x0b];
/** Runs `body`, again while `condition` holds behind it. */
export const repeat = (body: Code, condition: Code): Code => [0x03, 0x40, body, condition, 0x0d, 0, 0x0b];
/** Runs `body` while `condition` holds before it. */
export const loopWhile = (condition: Code, body: Code): Code => when(condition, repeat(body, condition));

/** Adds `by` to a local. */
export const advance = (local: number, by: number): Code => set(local, op.i32add(get(local), i32(by)));
/** Takes 1 from a local; the result is what is left, which ends a `repeat` at 0. */
export const countDown = (local: number): Code => tee(local, op.i32sub(get(local), i32(1)));
