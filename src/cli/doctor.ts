import type { Command } from "commander";
import type { DoctorReport } from "../commands/doctor.js";
import { success } from "../diagnostics/diagnostic.js";
import { type Context, finish } from "./context.js";
import { table } from "./table.js";

/** `spikec doctor`: which tools are here, which versions, how to get the others. */
export function addDoctor(program: Command, context: Context): void {
  const command = program
    .command("doctor")
    .summary("say which tools are here and how to get the others")
    .description("Looks for the tools that spikec starts. Exit code 1 if a needed one is missing or too old.")
    .action(() => {
      const report = context.services.doctor();
      finish(context, command, success(report), () => ({ text: printReport(report), good: report.ok }));
    });
}

function printReport(report: DoctorReport): string {
  const rows = report.tools.map((t) => {
    const state = t.state === "ok" || t.needed ? t.state : `${t.state} (optional)`;
    return [t.name, state, t.version, t.minimum, t.purpose, t.state === "ok" ? "" : t.get];
  });
  const text = table(["tool", "state", "version", "at least", "what for", "how to get it"], rows);
  return `${text}\n${report.ok ? "everything needed is here" : "something needed is missing"}\n`;
}
