import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import {
  type Diagnostic,
  diagnostic,
  failure,
  type Loc,
  type Result,
  success,
} from "../diagnostics/diagnostic.js";

/** What a state was seen to be in a run on calibration data, and where that was written. */
export interface CalibratedRange {
  readonly min: number;
  readonly max: number;
  readonly loc?: Loc | undefined;
}

/** Calibrated ranges by state. */
export type Calibration = ReadonlyMap<string, CalibratedRange>;

/** Reads `{ "version": 1, "states": { "layer1.eps0": { "min": -1.5, "max": 12 } } }`. */
export function parseCalibration(text: string, file: string): Result<Calibration> {
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure(diagnostic("calibration-syntax", placeOf(text, file, reason), { reason }));
  }
  const locate = locator(text, file);
  const wrong: Diagnostic[] = [];
  const refuse = (path: readonly string[], problem: string): void => {
    const key = path.join(".") || "the file";
    wrong.push(diagnostic("calibration-value", locate(path), { key, problem }));
  };
  const keysOf = (value: unknown, path: readonly string[], allowed?: readonly string[]) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      refuse(path, "expected an object");
      return new Map<string, unknown>();
    }
    for (const key of Object.keys(value))
      if (allowed?.includes(key) === false)
        refuse([...path, key], `unknown key; known: ${allowed.join(", ")}`);
    return new Map<string, unknown>(Object.entries(value));
  };
  const finite = (fields: ReadonlyMap<string, unknown>, path: readonly string[], key: string): number => {
    const value = fields.get(key);
    if (typeof value === "number" && Number.isFinite(value)) return value;
    refuse(fields.has(key) ? [...path, key] : path, `${key}: expected a finite number`);
    return 0;
  };

  const root = keysOf(tree, [], ["version", "states"]);
  if (wrong.length === 0 && root.get("version") !== 1) refuse(["version"], "expected 1");
  const ranges = new Map<string, CalibratedRange>();
  const states = wrong.length === 0 ? keysOf(root.get("states"), ["states"]) : [];
  for (const [state, value] of states) {
    const path = ["states", state];
    const before = wrong.length;
    const fields = keysOf(value, path, ["min", "max"]);
    if (wrong.length > before) continue;
    const [min, max] = [finite(fields, path, "min"), finite(fields, path, "max")];
    if (min > max) refuse(path, `min ${min} is above max ${max}`);
    // Every state is 0 at the first tick.
    ranges.set(state, { min: Math.min(0, min), max: Math.max(0, max), loc: locate(path) });
  }
  return wrong.length > 0 ? failure(...wrong) : success(ranges);
}

/** Where JSON.parse says that it stopped. */
function placeOf(text: string, file: string, reason: string): Loc {
  const position = /position (\d+)/.exec(reason)?.[1];
  if (position === undefined) return { file };
  const lines = text.slice(0, Number(position)).split("\n");
  return { file, line: lines.length, column: (lines.at(-1) as string).length + 1 };
}

/** Line and column of a key; of the nearest one around it that there is. JSON is YAML, whose parser keeps places. */
function locator(text: string, file: string): (path: readonly string[]) => Loc {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  return (path) => {
    let node: unknown = document.contents;
    let offset: number | undefined;
    for (const key of path) {
      if (!isMap(node)) break;
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair === undefined) break;
      offset = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      node = pair.value;
    }
    if (offset === undefined) return { file };
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
}
