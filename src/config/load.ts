import { dirname, isAbsolute, join } from "node:path";
import type { z } from "zod";
import { parseYaml } from "../data/yaml.js";
import {
  type Diagnostic,
  diagnostic,
  failure,
  type Loc,
  type Result,
  success,
} from "../diagnostics/diagnostic.js";
import { foundAt } from "../diagnostics/found.js";
import { nearest } from "../diagnostics/nearest.js";
import { overruled, type Written } from "../diagnostics/overruled.js";
import { readText } from "../host/files.js";
import { layerKeys } from "../passes/check-layers.js";
import { fillDefaults } from "./defaults.js";
import { givenTwice, type WrittenConfig, withNewNames } from "./former-keys.js";
import { type Config, choicesAt, configSchema, keysAt, pathKeys } from "./schema.js";
import { isTree, valueAt, withValue } from "./tree.js";

/** A value that the command line gives for a key of the configuration; it wins over the file's. */
export interface Override {
  readonly path: readonly [string, ...string[]];
  /** How the user wrote it, `--weight-bits`: the place that its diagnostics show. */
  readonly option: string;
  /** `option` is a former name. */
  readonly former?: true;
  readonly value: unknown;
}

/** A configuration and where each of its values was written. */
export interface LoadedConfig {
  readonly config: Config;
  locate(path: readonly string[]): Loc;
  readonly written: Written;
}

/** Reads spikec.yaml, applies what the command line says, checks and fills. Without a file, the options alone. */
export function loadConfig(
  path: string | undefined,
  overrides: readonly Override[] = [],
): Result<LoadedConfig> {
  if (path === undefined)
    return settle({ tree: {}, locate: () => ({}), written: () => undefined }, overrides);
  const text = readText(path);
  return text.ok ? parseConfig(text.value, path, overrides) : text;
}

/** The same on a text; `file` names it in diagnostics, and its folder is what paths are relative to. */
export function parseConfig(
  text: string,
  file: string,
  overrides: readonly Override[] = [],
): Result<LoadedConfig> {
  const yaml = parseYaml(text, file);
  if (!("tree" in yaml))
    return failure(...yaml.map(({ reason, loc }) => diagnostic("config-syntax", loc, { reason })));
  const { tree, locate, written } = yaml;
  const folder = dirname(file);
  const loaded = settle({ tree: tree ?? {}, folder, locate, written }, overrides);
  const repeated = yaml.repeated.map(({ reason, loc, notes = [] }) =>
    diagnostic("config-syntax", loc, { reason }, { notes }),
  );
  return repeated.length === 0 ? loaded : failure(...repeated, ...loaded.diagnostics);
}

/** The same on the keys and values themselves, as a program has them. */
export function checkConfig(tree: unknown): Result<LoadedConfig> {
  const place = (path: readonly string[]): Loc => ({ name: ["config", ...path].join(".") });
  if (isDeeper(tree, DEEPEST))
    return failure(
      diagnostic("config-syntax", place([]), { reason: `nested deeper than ${DEEPEST} levels` }),
    );
  const strange = instanceIn(tree);
  if (strange !== undefined)
    return failure(
      diagnostic("config-syntax", place([]), {
        reason: `keys and values stand in plain objects, found ${strange}`,
      }),
    );
  const written: Written = (path) => (valueAt(tree, path) === undefined ? undefined : place(path));
  return settle({ tree, locate: place, written }, []);
}

/** What is no plain object or list in a tree, such as a Map, whose keys nothing would read. */
function instanceIn(tree: unknown): string | undefined {
  if (typeof tree !== "object" || tree === null) return undefined;
  const kind: unknown = Object.getPrototypeOf(tree);
  if (kind !== null && kind !== Object.prototype && !Array.isArray(tree)) {
    const { name } = tree.constructor;
    return name === "" ? "an instance of a class" : `a ${name}`;
  }
  return Object.values(tree)
    .map(instanceIn)
    .find((found) => found !== undefined);
}

/** Levels of a configuration: no key is as deep. */
const DEEPEST = 8;

/** Whether keys, values and lists are nested deeper than `left`; what holds itself is deeper than anything. */
const isDeeper = (tree: unknown, left: number): boolean =>
  typeof tree === "object" &&
  tree !== null &&
  (left === 0 || Object.values(tree).some((value) => isDeeper(value, left - 1)));

interface Source extends WrittenConfig {
  readonly folder?: string;
}

function settle(source: Source, overrides: readonly Override[]): Result<LoadedConfig> {
  const named = withNewNames({ ...source, tree: clean(source.tree) });
  const before = pathKeys.reduce<unknown>((all, path) => besideFile(all, path, source.folder), named.tree);
  const tree = overrides.reduce<unknown>((all, { path, value }) => withValue(all, path, value), before);
  const locate = (path: readonly string[]): Loc => {
    const over = overrides.find((o) => o.path.every((key, i) => key === path[i]));
    return over === undefined ? named.locate(path) : { name: over.option };
  };
  const written: Written = (path) => {
    const over = overrides.find((o) => o.path.join() === path.join());
    return over === undefined ? named.written(path) : { name: over.option };
  };
  const nameOf = (path: readonly string[]): string => {
    const over = overrides.find((o) => o.path.every((key, i) => key === path[i]));
    return over === undefined ? named.nameOf(path) : over.former === true ? over.option : path.join(".");
  };
  const twice = [...named.twice, ...optionsTwice(overrides)];
  const odd = unnameable(named.tree).map((path) =>
    diagnostic("config-unknown-key", locate(path), { key: path.join(".") }),
  );
  if (odd.length > 0) return failure(...twice, ...odd);
  const parsed = configSchema.safeParse(tree);
  if (!parsed.success)
    return failure(
      ...twice,
      ...onePerValue(parsed.error.issues)
        .flatMap((issue) => diagnosticsOf(issue, { tree, locate, nameOf }))
        .slice(0, mostProblems),
    );
  if (twice.length > 0) return failure(...twice);
  const said = overrides.flatMap((over) => overruledKey(over, named));
  return success({ config: fillDefaults(parsed.data), locate, written }, said);
}

/** A key of the file for which the command line has another value; paths are given there as they are needed. */
function overruledKey(
  { path, option, value }: Override,
  { tree, locate, nameOf }: ReturnType<typeof withNewNames>,
) {
  const said = valueAt(tree, path);
  if (said === undefined || pathKeys.some((key) => key.join() === path.join())) return [];
  const by = [{ name: option }];
  const where = "on the command line";
  return overruled({ key: nameOf(path), said, loc: locate(path), have: value, where, by });
}

/** Two options for one key: one of them is the former name of the other, and comes first. */
const optionsTwice = (overrides: readonly Override[]): readonly Diagnostic[] =>
  overrides.flatMap(({ path, option }, i) => {
    const other = overrides.slice(i + 1).find((o) => o.path.join() === path.join());
    return other === undefined
      ? []
      : [givenTwice(option, other.option, { name: option }, { name: other.option })];
  });

/**
 * Where a build goes that nobody named: into a folder of `build/` with the configuration's name, or the checkpoint's up
 * to its first dot. Dots in front don't count, nor do separators, so that `.net.onnx` and `..` have folders of their own.
 */
export function outputOf(config: Config, checkpoint: string): string {
  const file = (checkpoint.split(/[\\/]/).at(-1) as string).replace(/^\.+/, "");
  const folder = (config.name ?? (file.split(".")[0] as string)).replace(/[\\/]+/g, "_").replace(/^\.+/, "");
  return config.output ?? join("build", folder === "" ? "network" : folder);
}

/** Problems of one file that are said; who mends these sees the next. */
const mostProblems = 100;

/** Keys `__proto__`, which no schema sees: JavaScript takes them for something else. */
function unnameable(tree: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (!isTree(tree)) return [];
  return Object.entries(tree).flatMap(([key, value]) =>
    key === "__proto__" ? [[...path, key]] : unnameable(value, [...path, key]),
  );
}

/** One value may break several rules, 1.5 those of integers and of a range: its first is enough. */
function onePerValue(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const seen = new Set<string>();
  return issues.filter((issue) => {
    const path = JSON.stringify(issue.path);
    if (issue.code === "unrecognized_keys") return true;
    if (seen.has(path)) return false;
    seen.add(path);
    return true;
  });
}

/** The word of a list of choices that a value was probably meant to be. */
function meant(tree: unknown, path: readonly string[]): string | undefined {
  const list = /^\d+$/.test(path.at(-1) ?? "") ? path.slice(0, -1) : path;
  const whole = list[0] === "layers" ? layerKeys[list[2] as keyof typeof layerKeys] : list;
  const value =
    list === path ? valueAt(tree, path) : (valueAt(tree, list) as readonly unknown[])[Number(path.at(-1))];
  const choices = whole === undefined ? undefined : choicesAt(whole);
  if (typeof value !== "string" || choices === undefined || choices.includes(value)) return undefined;
  return nearest(value, choices);
}

/** A configuration that is refused: what it says, where, and under which names. */
interface Refused {
  readonly tree: unknown;
  locate(path: readonly string[]): Loc;
  nameOf(path: readonly string[]): string;
}

function diagnosticsOf(issue: z.core.$ZodIssue, { tree, locate, nameOf }: Refused): readonly Diagnostic[] {
  const path = issue.path.map(String);
  if (issue.code !== "unrecognized_keys") {
    const key = path.length === 0 ? "the file" : nameOf(path);
    const near = meant(tree, path);
    const extra = near === undefined ? {} : { hint: `did you mean '${near}'?` };
    const problem = `${issue.message}${foundAt(tree, path)}`;
    return [diagnostic("config-value", locate(path), { key, problem }, extra)];
  }
  return issue.keys.map((key) => {
    const known = keysAt(path);
    const near = nearest(key, known);
    const hint = near === undefined ? `known here: ${known.join(", ")}` : `did you mean '${near}'?`;
    return diagnostic(
      "config-unknown-key",
      locate([...path, key]),
      { key: [...path, key].join(".") },
      { hint },
    );
  });
}

/** `dense:` without anything behind it is null in YAML: it counts as not there. */
function clean(tree: unknown): unknown {
  if (!isTree(tree)) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, value === null ? undefined : clean(value)]),
  );
}

/** A path of the file as it is from the working directory: relative where the file and what it says are. */
function besideFile(tree: unknown, path: readonly string[], folder = ""): unknown {
  const value = valueAt(tree, path);
  return typeof value !== "string" || value === "" || isAbsolute(value)
    ? tree
    : withValue(tree, path, join(folder, value));
}
