import type { SimulatorComparison, VerifyReport } from "../commands/verify.js";
import { printDifference } from "./difference.js";

/** The report as JUnit XML: one suite, one case per simulator. */
export function junit(report: VerifyReport): string {
  const failures = report.simulators.filter(({ equal }) => !equal).length;
  const cases = report.simulators.map((comparison) => testCase(report, comparison)).join("");
  const counts = `tests="${report.simulators.length}" failures="${failures}" errors="0"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
  <testsuite name="${xml(`spikec verify ${report.build}`)}" ${counts}>
${properties(report)}${cases}  </testsuite>
</testsuites>
`;
}

/** What was run if it isn't what was compiled. */
const properties = ({ edits }: VerifyReport): string =>
  edits.length === 0
    ? ""
    : `    <properties>\n${edits.map((edit) => `      <property name="edited" value="${xml(edit)}"/>\n`).join("")}    </properties>\n`;

function testCase(report: VerifyReport, comparison: SimulatorComparison): string {
  const { simulator, equal, difference: found, waveform: file } = comparison;
  const name = `${simulator} equals golden, ${report.samples} samples x ${report.ticks} ticks`;
  const open = `    <testcase classname="${xml(report.build)}" name="${xml(name)}"`;
  if (equal) return `${open}/>\n`;
  const difference = found === undefined ? "" : `: ${printDifference(found)}`;
  const message = `${simulator} differs from golden${difference}`;
  const waveform = file === undefined ? "" : `waveform: ${xml(file)}`;
  return `${open}>\n      <failure message="${xml(message)}">${waveform}</failure>\n    </testcase>\n`;
}

/** What XML 1.0 has no form for: control characters, halves of surrogates, U+FFFE and U+FFFF. */
const notXml = /[^\t\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Text as XML takes it: the five entities, and nothing that it has no form for. */
function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
  };
  return text.replace(notXml, "").replace(/[&<>"']/g, (letter) => entities[letter] as string);
}
