import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Diagnostic, diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { guardPath } from "./interrupt.js";
import { reasonOf } from "./system-error.js";

/** Where temporary folders go, the first that works: what the environment says, what every system has, here. */
const places = (): readonly string[] => [tmpdir(), "/tmp", "/var/tmp", "."];

/** Runs `body` on a new temporary folder that goes when it is done, or when a signal ends it. */
export async function withTemporary<T>(
  prefix: string,
  body: (folder: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const made = makeTemporary(prefix);
  if (!made.ok) return made;
  const folder = made.value;
  const release = guardPath(folder);
  try {
    const result = await body(folder);
    return { ...result, diagnostics: [...made.diagnostics, ...result.diagnostics] };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    release();
  }
}

/** A new temporary folder that goes when this process ends. */
export function lastingTemporary(prefix: string): Result<string> {
  const made = makeTemporary(prefix);
  if (made.ok) guardPath(made.value);
  return made;
}

/** A new folder in the first of some places that works; a warning where that is another than the first. */
export function makeTemporary(prefix: string, candidates: readonly string[] = places()): Result<string> {
  const refused: Diagnostic[] = [];
  let reason = "";
  for (const place of new Set(candidates.map((path) => resolve(path)))) {
    try {
      const folder = mkdtempSync(join(place, `${prefix}-`));
      return success(
        folder,
        refused.map((d) => ({ ...d, notes: [{ text: `${folder} is used instead` }] })),
      );
    } catch (error) {
      reason = reasonOf(error);
      if (refused.length === 0) refused.push(diagnostic("temporary-unusable", {}, { path: place, reason }));
    }
  }
  return failure(diagnostic("temporary-none", {}, { places: candidates.join(", "), reason }));
}
