import { expect, test } from "vitest";
import { cost } from "./cost.js";
import { cellCost } from "./synthesis.js";

test("cells of stat: LUTs, memories by the LUTs they occupy, no carry chains, inverters and unmapped cells", () => {
  const stat = `
=== top ===
   Number of cells:                 99
     $assert                         1
     BUFG                            1
     CARRY4                         12
     DSP48E2                         3
     FDRE                           40
     FDSE                            2
     INV                             7
     LUT2                           10
     LUT6                           20
     MUXF7                           4
     RAM32M16                        2
     RAMB18E2                        1
     RAMB36E2                        5
     SRL16E                          6
     URAM288                         1
`;
  expect(cellCost(stat)).toEqual(
    cost({ lut: 30, ff: 42, lutram: 22, ramb18: 1, ramb36: 5, uram: 1, dsp: 3 }),
  );
});
