#!/usr/bin/env node
// Any Node that knows modules (12 on) parses this file: it says that Node is too old before anything of the program is
// read, which such a Node would stop at with an error of its own.
const oldest = 20;
if (Number(process.versions.node.split(".")[0]) < oldest) {
  process.stderr.write(
    `spikec needs Node ${oldest} or newer; this is Node ${process.versions.node} (${process.execPath})\n`,
  );
  process.exitCode = 2;
} else {
  import("./start.js").then(
    (program) => program.start(),
    (error) => {
      process.stderr.write(`spikec is not installed whole: ${error}\n`);
      process.exitCode = 1;
    },
  );
}
