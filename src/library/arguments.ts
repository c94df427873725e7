import { z } from "zod";
import { EVENTS } from "../data/event-list.js";
import { layoutProblem } from "../data/layout.js";
import { arrayProblem, type NpyArray } from "../data/npy.js";
import { type Diagnostic, diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { rtlSimulatorNames, simulatorNames } from "../simulators/names.js";
import { recordKinds } from "../simulators/recorded-arrays.js";

/**
 * What the library's functions are called with is checked where it comes in: programs in JavaScript have no types, and
 * a wrong argument is no bug of spikec.
 */

/** A file that a program has in memory: the ending of its name says what it is, messages and builds call it so. */
export interface MemoryFile<Content> {
  readonly name: string;
  readonly content: Content;
}

/** Says what is wrong with an argument of a function. */
export const wrongArgument = (call: string, key: string, problem: string): Diagnostic =>
  diagnostic("argument-value", { name: `${call}()` }, { key, problem });

const word = (what: string) => {
  const error = `expected ${what}`;
  return z
    .string({ error })
    .min(1, { error })
    .refine((text) => !text.includes("\0"), { error });
};
const whole = (least: number) => {
  const error = `expected an integer from ${least} on`;
  return z.int({ error }).min(least, { error }).optional();
};
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `expected ${values.join(", ")}` });
const someOf = <const T extends readonly [string, ...string[]]>(values: T) => {
  const error = `expected a list of ${values.join(", ")}`;
  return z.array(oneOf(values), { error }).min(1, { error }).optional();
};
const inMemory = <T extends z.ZodType>(content: T) => {
  const error = "expected { name, content }";
  return z.looseObject({ name: word("a file name"), content }, { error });
};
const bytes = z.instanceof(Uint8Array, { error: "expected a Uint8Array" });
const text = z.string({ error: "expected text" });
/** Files that a checkpoint keeps tensors in, by their paths from its folder. */
const beside = z.record(z.string(), bytes, { error: "expected an object of Uint8Arrays" }).optional();
const functions = (...names: readonly string[]) =>
  z
    .custom((value) => names.every((name) => typeof (Object(value) as Tree)[name] === "function"), {
      error: `expected the functions ${names.join(", ")}`,
    })
    .optional();
type Tree = Readonly<Record<string, unknown>>;

const layout = z
  .string({ error: "expected a layout such as NTCHW" })
  .refine((text) => text === EVENTS || layoutProblem(text) === undefined, {
    error: `expected a layout such as NTCHW, or ${EVENTS}`,
  })
  .optional();
const limits = { layout, samples: whole(1), ticks: whole(1), progress: functions("start", "step", "end") };
const either = z.boolean({ error: "expected true or false" });
const request = { error: "expected an object" };
const called = z.custom((value) => typeof value === "function", { error: "expected a function" }).optional();
/** A checkpoint and where its configuration was written. */
const source = { checkpoint: word("a path"), locate: called, written: called };
const place = z.looseObject({}, { error: "expected a place such as { file }" }).optional();
const share = { error: "expected a percentage above 0" };
const size = z
  .int({ error: "expected an integer from 1 on" })
  .min(1, { error: "expected an integer from 1 on" });
/** The shape of a network's input, and how much of an array is run. */
const stimulus = {
  shape: z.looseObject(
    { channels: size, height: size, width: size },
    { error: "expected { channels, height, width }" },
  ),
  limits: z.looseObject(
    { layout, samples: whole(1), ticks: whole(1), frameTicks: whole(1) },
    { error: "expected { samples, ticks, layout, frameTicks }" },
  ),
};
const overrides = z.array(z.looseObject({ path: z.array(z.string()).min(1), option: z.string() }), {
  error: "expected a list of { path, option, value }",
});

/** What the functions take, but for builds, arrays and configurations, which are checked where they are read. */
export const schemas = {
  compile: z.looseObject(
    {
      checkpoint: z.union([word("a path"), inMemory(bytes).extend({ beside })], {
        error: "expected a path, or { name, content } with the bytes of a checkpoint",
      }),
      network: inMemory(text).optional(),
      calibration: inMemory(text).optional(),
      output: word("a directory").optional(),
      force: either.optional(),
      progress: limits.progress,
      locate: called,
      written: called,
    },
    request,
  ),
  openBuild: word("a directory"),
  openOptions: z.looseObject({ allowEdited: either.optional() }, request).optional(),
  simulate: z.looseObject(
    {
      ...limits,
      simulator: oneOf(simulatorNames).optional(),
      record: someOf(recordKinds),
      output: word("a directory").optional(),
    },
    request,
  ),
  verify: z.looseObject(
    {
      ...limits,
      simulators: someOf(rtlSimulatorNames),
      goldenTicks: whole(0),
      pauses: either.optional(),
      seed: whole(1),
      allowEdited: either.optional(),
    },
    request,
  ),
  calibrate: z.looseObject({ ...source, ...limits, input: word("a path"), output: word("a path") }, request),
  estimate: z.looseObject(
    {
      ...source,
      progress: limits.progress,
      budget: z.number(share).positive(share).optional(),
      check: either.optional(),
      onCheck: called,
    },
    request,
  ),
  evaluate: z.looseObject(
    {
      ...limits,
      build: word("a directory"),
      cells: word("a path"),
      labels: word("a path"),
      snr: word("a path").optional(),
      classes: word("a path").optional(),
      burnIn: whole(0),
      threads: whole(1),
      allowEdited: either.optional(),
    },
    request,
  ),
  emitText: z.object({
    request: z.looseObject(source, request),
    stage: oneOf(["spiking", "fixed", "design"]),
  }),
  inspect: z.object({
    path: word("a path"),
    network: word("a path").optional(),
    options: z.looseObject({ allowEdited: either.optional() }, request).optional(),
  }),
  loadConfig: z.object({ path: word("a path").optional(), overrides }),
  parseConfig: z.object({ text, file: word("a path"), overrides }),
  readNpy: z.object({ path: word("a path"), rowsOf: called }),
  decodeNpy: z.object({ bytes, loc: place }),
  readStimulus: z.object({ path: word("a path"), ...stimulus }),
  stimulusOf: z.object({ ...stimulus, loc: place }),
} as const;

/** An argument as a schema has it, or what is wrong with it, all together. */
export function argument<S extends z.ZodType>(call: string, schema: S, value: unknown): Result<z.infer<S>> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return success(parsed.data);
  return failure(
    ...parsed.error.issues.map((issue) =>
      wrongArgument(call, issue.path.map(String).join(".") || "its argument", issue.message),
    ),
  );
}

/** Input spikes as they were given: a path, or an array that is what it says. */
export function spikesArgument(call: string, value: unknown): Result<string | NpyArray> {
  if (typeof value === "string" && value !== "") return success(value);
  const problem = arrayProblem(value);
  return problem === undefined
    ? success(value as NpyArray)
    : failure(wrongArgument(call, "input", `expected a path, or an array as npyArray makes it: ${problem}`));
}

/** An array that is what it says. */
export function arrayArgument(call: string, key: string, value: unknown): Result<NpyArray> {
  const problem = arrayProblem(value);
  return problem === undefined
    ? success(value as NpyArray)
    : failure(wrongArgument(call, key, `expected an array as npyArray makes it: ${problem}`));
}
