import type { SimulatorComparison, VerifyReport } from "../commands/verify.js";
import { type Reached, reachKinds, shareOf } from "../cosim/reach.js";
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

/** What was run, how, and how far it reached. */
function properties({ edits, pauses, reach }: VerifyReport): string {
  const all: readonly (readonly [name: string, value: string])[] = [
    ...edits.map((edit) => ["edited", edit] as const),
    ...(pauses === undefined ? [] : [["pauses.seed", String(pauses.seed)] as const]),
    ...reach.flatMap((layer) =>
      reachKinds.map((kind) => [`reached.${layer.layer}.${kind}`, printReached(layer[kind])] as const),
    ),
  ];
  const lines = all.map(([name, value]) => `      <property name="${xml(name)}" value="${xml(value)}"/>\n`);
  return lines.length === 0 ? "" : `    <properties>\n${lines.join("")}    </properties>\n`;
}

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

/** How many of how many: `9 of 12, 75.0 %`. */
export const printReached = (reached: Reached): string =>
  `${reached.reached.toLocaleString("en-US")} of ${reached.total.toLocaleString("en-US")}, ${shareOf(reached).toFixed(1)} %`;

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
