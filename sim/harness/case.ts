/** Value of a Verilog parameter: an integer, a string, or Verilog text (such as `-24'sd5`) as it stands. */
export type Parameter = number | string | { readonly verilog: string };

/** Values of a port in a vector case: one each cycle. `null` in an expected output: not compared. */
export interface VectorInput {
  readonly width: number;
  readonly values: readonly bigint[];
}

/** Expected values of an output: value t appears `latency` cycles after input t (0: combinational). */
export interface VectorOutput {
  readonly width: number;
  readonly latency: number;
  readonly values: readonly (bigint | null)[];
}

/** A stream: widths of its fields (port `<prefix>_<field>`, such as tdata, tlast), and its beats in order. */
export interface Stream {
  readonly fields: Readonly<Record<string, number>>;
  /** One value per field; a field left out of an expected beat, or null, is not compared. */
  readonly beats: readonly Readonly<Record<string, bigint | number | null>>[];
}

interface CommonCase {
  /** Name in messages; the module's name by default. */
  readonly name?: string;
  readonly module: string;
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /** Text files that the module reads with $readmemh, by the name it is given in a parameter. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Inputs applied one set a cycle, outputs compared at a fixed latency. */
export interface VectorCase extends CommonCase {
  readonly kind: "vectors";
  readonly inputs: Readonly<Record<string, VectorInput>>;
  readonly outputs: Readonly<Record<string, VectorOutput>>;
  /** Ports `clk` and `rst` of the module; by default clk alone. */
  readonly clock?: "none" | "clk" | "clk+rst";
}

/** AXI-Streams in and out, by port prefix (`s_axis`, `m_axis`, ...); the module has clk and rst. */
export interface StreamCase extends CommonCase {
  readonly kind: "streams";
  readonly inputs: Readonly<Record<string, Stream>>;
  readonly outputs: Readonly<Record<string, Stream>>;
  /** Other inputs, held at a value. */
  readonly constants?: Readonly<Record<string, { readonly width: number; readonly value: bigint }>>;
  /** Outputs that are left open, with no check. */
  readonly open?: readonly string[];
}

/** One module instance with its stimulus and its expected response. */
export type BenchCase = VectorCase | StreamCase;

/** What a bench runs besides its cases. */
export interface BenchOptions {
  /** Further Verilog sources (absolute paths), such as a wrapper; they shadow rtl/ files of the same module name. */
  readonly sources?: readonly string[];
  /** Cycles after which a run that has not ended fails. */
  readonly limitCycles?: number;
  /** Cycles to wait for a beat too many at the end of each run. */
  readonly settleCycles?: number;
}

/** First and last cycle (after reset) in which a beat was transferred, and the number of beats. */
export interface Timing {
  readonly first: number;
  readonly last: number;
  readonly beats: number;
}

/** Timings by case name, port prefix and run (0: no pauses). */
export type Timings = Readonly<Record<string, Readonly<Record<string, readonly Timing[]>>>>;

/**
 * A wrong edit of an rtl file that a bench must notice: the first `find` in the code (not in the comments) of
 * rtl/`module`.v becomes `replace`.
 */
export interface Mutant {
  readonly module: string;
  readonly find: string;
  readonly replace: string;
}
