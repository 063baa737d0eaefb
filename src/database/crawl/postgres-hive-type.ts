/** A column's type as PostgreSQL's catalogs have it. */
export interface PostgresType {
  /** Name in pg_type, of a domain that of its base: `int4`, `numeric`, `_text`. */
  readonly name: string;
  /** As people write it: `numeric(10,2)`, `timestamp(3) without time zone`. */
  readonly formatted: string;
  /** Dimensions, for an array. */
  readonly isArray: boolean;
}

const plain: Readonly<Record<string, string>> = {
  bool: "boolean",
  int2: "smallint",
  int4: "int",
  int8: "bigint",
  oid: "bigint",
  float4: "float",
  float8: "double",
  date: "date",
  timestamp: "timestamp",
  timestamptz: "timestamp",
  bytea: "binary",
};

/**
 * The Hive type that Glue, Spark and Athena read a PostgreSQL column as. What Hive has no word for (json, uuid,
 * times, ranges, geometry, enums) is `string`; a numeric without bounds is decimal(38,18), as Spark's JDBC has it.
 */
export function postgresHiveType({ name, formatted, isArray }: PostgresType): string {
  if (isArray) {
    const element = postgresHiveType({
      name: name.replace(/^_/, ""),
      formatted: formatted.replace(/\[\]$/, ""),
      isArray: false,
    });
    return `array<${element}>`;
  }
  if (name === "numeric") return decimal(formatted);
  return plain[name] ?? "string";
}

function decimal(formatted: string): string {
  const [, precision, scale] = /^numeric\((\d+),(-?\d+)\)$/.exec(formatted) ?? [];
  if (precision === undefined || scale === undefined) return "decimal(38,18)";
  const digits = Number(precision);
  const places = Number(scale);
  // A negative scale rounds to tens: as many more digits, no places. More places than digits: 0.00…
  const whole = places < 0 ? digits - places : Math.max(digits, places);
  return whole > 38 ? "string" : `decimal(${whole},${Math.max(0, places)})`;
}
