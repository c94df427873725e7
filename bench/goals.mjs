// Goals that figures are held to: how a goal reads, and whether a value meets it.

export const below = (limit) => ({ text: `< ${limit}`, holds: (value) => value < limit });
export const above = (limit) => ({ text: `> ${limit}`, holds: (value) => value > limit });
export const atLeast = (limit) => ({ text: `>= ${limit}`, holds: (value) => value >= limit });
export const atMost = (limit) => ({ text: `<= ${limit}`, holds: (value) => value <= limit });
export const exactly = (wanted) => ({ text: String(wanted), holds: (value) => value === wanted });
