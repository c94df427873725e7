/** FPGAs that the resource report knows: ZCU111's and RFSoC 4x2's. */
export const deviceNames = ["xczu28dr", "xczu48dr"] as const;
/** One of {@link deviceNames}. */
export type DeviceName = (typeof deviceNames)[number];

/** What a device's programmable logic has: RAMB36 blocks (each can be two RAMB18), URAM288, DSP48E2, LUTs, flip-flops. */
export interface DeviceResources {
  readonly ramb36: number;
  readonly uram: number;
  readonly dsp: number;
  readonly lut: number;
  readonly ff: number;
}

/** The fabric that both supported parts have. */
const largeRfsocFabric: DeviceResources = { ramb36: 1080, uram: 80, dsp: 4272, lut: 425_280, ff: 850_560 };

/**
 * Resource totals of the devices that spikec fits designs to. The RFSoC generations 1 (ZU28DR, board ZCU111) and 3
 * (ZU48DR, boards ZCU208 and RFSoC 4x2) differ in their converters, not here.
 * Source: AMD DS889, "Zynq UltraScale+ RFSoC Data Sheet: Overview", feature summary tables.
 */
export const devices: Readonly<Record<DeviceName, DeviceResources>> = {
  xczu28dr: largeRfsocFabric,
  xczu48dr: largeRfsocFabric,
};
