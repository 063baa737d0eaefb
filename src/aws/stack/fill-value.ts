/** What the references of a template stand for. */
export interface Places {
  /** A parameter, a resource's id, or a pseudo parameter (`AWS::Region`). */
  readonly ref: (name: string) => string;
  readonly attribute: (resource: string, attribute: string) => string;
}

/** A value of a template with its references filled in; functions other than Ref, GetAtt, Sub and Join stay. */
export function fillValue(value: unknown, places: Places): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => fillValue(one, places));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [[name, argument] = ["", undefined]] = entries;
  if (entries.length === 1) {
    switch (name) {
      case "Ref":
        return places.ref(String(argument));
      case "Fn::GetAtt": {
        const [resource, ...path] = Array.isArray(argument) ? argument : String(argument).split(".");
        return places.attribute(String(resource), path.join("."));
      }
      case "Fn::Sub":
        return String(argument).replaceAll(/\$\{([\w:.]+)\}/g, (_, inside: string) => {
          const [resource = "", ...path] = inside.split(".");
          return path.length === 0 ? places.ref(inside) : places.attribute(resource, path.join("."));
        });
      case "Fn::Join": {
        const [between, parts] = argument as [string, unknown[]];
        return parts.map((part) => String(fillValue(part, places))).join(between);
      }
    }
  }
  return Object.fromEntries(entries.map(([key, one]) => [key, fillValue(one, places)]));
}
