import type { ConnectionFact } from "./data-facts.ts";

/** Where a connection leads: host and port of its JDBC URL; undefined for one without. */
export function hostOf({
  properties,
}: ConnectionFact): { host: string; port: number; kind: string } | undefined {
  const url = properties.JDBC_CONNECTION_URL ?? "";
  const [, kind = "", host, port] =
    /^jdbc:([a-z]+):(?:\/\/|thin:@\/{0,2})([^/:;?]+)(?::(\d+))?/i.exec(url) ?? [];
  if (host === undefined) {
    const plain = properties.HOST;
    return plain === undefined
      ? undefined
      : { host: plain, port: Number(properties.PORT ?? 5432), kind: "postgresql" };
  }
  const usual = kind.toLowerCase() === "mysql" ? 3306 : kind.toLowerCase() === "sqlserver" ? 1433 : 5432;
  return { host, port: port === undefined ? usual : Number(port), kind: kind.toLowerCase() };
}
