import type { EngineComparison, VerifyReport } from "../commands/verify.js";
import { printDifference } from "./difference.js";

/** The report as JUnit XML: one suite, one case per simulator. */
export function junit(report: VerifyReport): string {
  const failures = report.engines.filter((engine) => !engine.equal).length;
  const cases = report.engines.map((engine) => testCase(report, engine)).join("");
  const counts = `tests="${report.engines.length}" failures="${failures}" errors="0"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
  <testsuite name="${xml(`spikec verify ${report.build}`)}" ${counts}>
${cases}  </testsuite>
</testsuites>
`;
}

function testCase(report: VerifyReport, engine: EngineComparison): string {
  const name = `${engine.engine} equals golden, ${report.samples} samples x ${report.ticks} ticks`;
  const open = `    <testcase classname="${xml(report.build)}" name="${xml(name)}"`;
  if (engine.equal) return `${open}/>\n`;
  const difference = engine.difference === undefined ? "" : `: ${printDifference(engine.difference)}`;
  const message = `${engine.engine} differs from golden${difference}`;
  const waveform = engine.waveform === undefined ? "" : `waveform: ${xml(engine.waveform)}`;
  return `${open}>\n      <failure message="${xml(message)}">${waveform}</failure>\n    </testcase>\n`;
}

/** Text as XML takes it: the five entities, and no control characters, which XML 1.0 has no form for. */
function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
  };
  const printable = [...text].filter((letter) => letter >= " " || letter === "\t").join("");
  return printable.replace(/[&<>"']/g, (letter) => entities[letter] as string);
}
