/** What can execute a build. */
export const simulatorNames = ["reference", "golden", "wasm", "verilator", "icarus"] as const;
/** One of {@link simulatorNames}. */
export type SimulatorName = (typeof simulatorNames)[number];

/** Simulators of the emitted Verilog. */
export const rtlSimulatorNames = ["verilator", "icarus"] as const;
/** One of {@link rtlSimulatorNames}. */
export type RtlSimulatorName = (typeof rtlSimulatorNames)[number];
