/**
 * Finds the coarser region of each region where ids are built so that the coarser one's id leads
 * (the GEOID of a county starts with the STATEFP of its state); undefined where they are not.
 */
export function parentsOf(
  ids: readonly string[],
  coarser: ReadonlyMap<string, string>,
): readonly (string | null)[] | undefined {
  const lengths = new Set([...coarser.keys()].map((id) => id.length));
  const [length] = lengths;
  if (lengths.size !== 1 || length === undefined || length === 0 || ids.length === 0) return undefined;
  const parents = ids.map((id) => {
    const lead = id.slice(0, length);
    return id.length > length && coarser.has(lead) ? lead : null;
  });
  // A lead that fits by accident now and then is no hierarchy.
  return parents.filter((parent) => parent !== null).length >= 0.9 * ids.length ? parents : undefined;
}
