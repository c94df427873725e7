import type { BenchCase, BenchOptions, Mutant, Timing, Timings } from "./case.js";
import { program, withMutant, withUniqueNames } from "./emit.js";
import { buildIcarus, buildVerilator, simulate } from "./tools.js";

export type {
  BenchCase,
  BenchOptions,
  Mutant,
  Parameter,
  Stream,
  StreamCase,
  Timing,
  Timings,
  VectorCase,
  VectorInput,
  VectorOutput,
} from "./case.js";
export { hexFile, pack, randomSource } from "./values.js";

/**
 * The generic block bench. A bench is a list of cases; each case is one instance of a module with its parameters,
 * its inputs and the outputs that it must have. All cases of a bench run in one simulation, in Icarus and in
 * Verilator, from the same Verilog (sim/harness/*.v); both must give every expected value, and the same cycle counts.
 *
 * Stream cases run five times, with a reset in between: without pauses, with 1110 pauses on both sides, with random
 * pauses on both sides, with a slow source, with a slow sink that raises ready only after valid. A stalled beat must
 * stay stable; a beat too many, or an unknown valid, fails. Vector cases run once.
 */

const passed = (output: string): boolean => /^PASS$/m.test(output) && !/^FAIL/m.test(output);

function timings(cases: readonly BenchCase[], output: string): Timings {
  const result: Record<string, Record<string, Timing[]>> = {};
  // The simulators print the ports of a cycle in any order.
  const lines = output
    .split("\n")
    .filter((line) => line.startsWith("TIME "))
    .sort();
  for (const line of lines) {
    const [, phase, index, port, first, last, beats] = line.split(" ");
    const name = cases[Number(index)]?.name ?? "";
    result[name] ??= {};
    const ofPort = result[name];
    const key = String(port);
    ofPort[key] ??= [];
    ofPort[key][Number(phase)] = { first: Number(first), last: Number(last), beats: Number(beats) };
  }
  return result;
}

/**
 * Runs all cases in Icarus and in Verilator; throws with the first differences if a value, a handshake or a cycle
 * count is wrong in either, or if a tool is missing. Gives the cycle counts of the stream cases.
 */
export async function runBench(cases: readonly BenchCase[], options: BenchOptions = {}): Promise<Timings> {
  const named = withUniqueNames(cases);
  const built = program(named, options);
  const [icarus, verilator] = await Promise.all([
    buildIcarus(built).then((file) => simulate("vvp", ["-n", file], built)),
    buildVerilator(built).then((file) => simulate(file, [], built)),
  ]);
  const failures = [["Icarus", icarus] as const, ["Verilator", verilator] as const].flatMap(
    ([name, output]) =>
      passed(output)
        ? []
        : [
            `${name}:\n${output
              .split("\n")
              .filter((line) => !line.startsWith("TIME"))
              .slice(0, 12)
              .join("\n")}`,
          ],
  );
  if (failures.length > 0) throw new Error(failures.join("\n"));
  const times = timings(named, icarus);
  if (JSON.stringify(times) !== JSON.stringify(timings(named, verilator))) {
    throw new Error("Icarus and Verilator differ in cycle counts");
  }
  return times;
}

/** Runs the cases in Icarus against each mutant of the rtl; gives the mutants that no case noticed (want none). */
export async function survivors(
  cases: readonly BenchCase[],
  mutants: readonly Mutant[],
  options: BenchOptions = {},
): Promise<readonly Mutant[]> {
  const built = program(withUniqueNames(cases), { limitCycles: 20_000, ...options });
  const alive: Mutant[] = [];
  for (const mutant of mutants) {
    const mutated = { ...built, sources: withMutant(built.sources, mutant) };
    const output = await simulate("vvp", ["-n", await buildIcarus(mutated)], mutated);
    if (passed(output)) alive.push(mutant);
  }
  return alive;
}
