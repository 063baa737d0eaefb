import { check } from "../check.ts";
import type { EnvironmentFact } from "../facts/account-facts.ts";
import type { SubnetFact } from "../facts/network-facts.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { type Finding, finding } from "../finding.ts";
import { defaultRoute, effectiveRouteTable, endpointsFor, natFault } from "../network/routes.ts";
import { isForPort } from "../network/security-group.ts";

export const batchRoute = check<EnvironmentFact>({
  name: "batch-route",
  title: "Machines of the environment reach ECS",
  code: "batch-no-route",
  subjects: (account) => account.all("environments").filter(({ subnets }) => subnets.length > 0),
  resource: ({ id }) => `environment ${id}`,
  examine: (account, environment) => [
    ...environment.subnets.flatMap((id) => subnetFault(account, environment, id)),
    ...groupFault(account, environment),
  ],
});

function subnetFault(account: Snapshot, environment: EnvironmentFact, id: string): Finding[] {
  const subnet = account.one("subnets", id);
  const found = (cause: string, mend: "public-addresses" | "endpoints"): Finding[] => [
    finding("batch-no-route", {
      resource: `environment ${environment.id}, ${id}`,
      cause: `Environment ${environment.id} starts machines in ${id}: ${cause}.`,
      mend,
      error: isFargate(environment) ? 1 : 0,
      values: { subnet: id, vpc: subnet?.vpc, region: account.region, groups: environment.groups },
    }),
  ];
  if (subnet === undefined) return found("there is no such subnet", "endpoints");
  const table = effectiveRouteTable(account, subnet);
  const route = table === undefined ? undefined : defaultRoute(table);
  if (route?.target.startsWith("igw-") === true && route.isActive) {
    // A job on Fargate chooses by itself whether it has a public address.
    if (isFargate(environment) || hasPublicAddress(account, environment, subnet)) return [];
    const missing = missingEndpoints(account, environment, subnet);
    if (missing.length === 0) return [];
    return found(
      `its route to ${route.target} is of no use to machines without public addresses`,
      "public-addresses",
    );
  }
  const missing = missingEndpoints(account, environment, subnet);
  if (missing.length === 0) return [];
  const lacks = `and the VPC lacks interface endpoints for ${missing.join(", ")}`;
  if (route === undefined) return found(`it has no default route, ${lacks}`, "endpoints");
  if (route.target.startsWith("nat-")) {
    const fault = natFault(account, route);
    return fault === undefined ? [] : found(`${fault}, ${lacks}`, "endpoints");
  }
  // Transit gateways, firewalls and NAT instances lead on to what cannot be seen from here.
  if (route.isActive && !route.target.startsWith("igw-")) return [];
  return found(`its default route to ${route.target || "nowhere"} is a blackhole, ${lacks}`, "endpoints");
}

function isFargate({ type }: EnvironmentFact): boolean {
  return type.startsWith("FARGATE");
}

/** The launch template decides where it says anything, else the subnet. */
function hasPublicAddress(
  account: Snapshot,
  { launchTemplate }: EnvironmentFact,
  subnet: SubnetFact,
): boolean {
  const template =
    launchTemplate === undefined
      ? undefined
      : account.one("launchTemplates", `${launchTemplate.id}:${launchTemplate.version}`);
  return template?.publicAddress ?? subnet.publicAddresses;
}

function missingEndpoints(account: Snapshot, environment: EnvironmentFact, { vpc }: SubnetFact): string[] {
  const needed = isFargate(environment)
    ? ["ecr.api", "ecr.dkr", "logs"]
    : ["ecs", "ecs-agent", "ecs-telemetry"];
  return needed.filter(
    (service) =>
      !endpointsFor(account, { vpc, service }).some(
        ({ kind, state, privateDns }) =>
          kind !== "Gateway" && (state === "available" || state === "pending" || state === "") && privateDns,
      ),
  );
}

function groupFault(account: Snapshot, environment: EnvironmentFact): Finding[] {
  const groups = environment.groups.flatMap((id) => account.one("securityGroups", id) ?? []);
  const [first] = groups;
  // Where HTTPS goes out to, endpoints' group or everywhere, is not told apart: out is what counts.
  if (first === undefined || groups.some(({ egress }) => egress.some((rule) => isForPort(rule, 443))))
    return [];
  return [
    finding("batch-no-route", {
      resource: `environment ${environment.id}, ${first.id}`,
      cause: `No outbound rule of ${groups.map(({ id }) => id).join(", ")}, the groups of environment ${environment.id}, lets HTTPS out.`,
      mend: "let-https-out",
      values: { group: first.id },
    }),
  ];
}
