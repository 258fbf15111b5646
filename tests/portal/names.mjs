/** Names of the filters that pages read from their addresses. */

/** A function's own questions say which it knows. */
export function namesOf(read) {
  const names = new Set();
  read(new Proxy({}, { get: (_, name) => void names.add(name), has: (_, name) => Boolean(names.add(name)) && false }));
  return [...names].filter((name) => typeof name === "string");
}

/** By page. `readers`: of each its path, and either the names or the file and name of the function that reads them. */
export async function filtersOf(readers) {
  return Promise.all(readers.map(async ({ path, names, file, name }) => ({ path, names: names ?? namesOf((await import(file))[name]) })));
}
