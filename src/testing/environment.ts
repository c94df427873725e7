/** Runs `body` with these variables of the environment set (undefined: unset), and sets them back. */
export function withEnvironment<T>(
  variables: Readonly<Record<string, string | undefined>>,
  body: () => T,
): T {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  const set = (all: Readonly<Record<string, string | undefined>>): void => {
    for (const [name, value] of Object.entries(all))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  };
  set(variables);
  let result: T;
  try {
    result = body();
  } catch (error) {
    set(before);
    throw error;
  }
  if (result instanceof Promise) return result.finally(() => set(before)) as T;
  set(before);
  return result;
}
