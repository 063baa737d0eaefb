import type { RolePurpose, RoleUseFact } from "../facts/account-facts.ts";
import { isAny, type Scope, type ScopedStack } from "../scope.ts";
import { gatherDeclaredRoles } from "./declared-roles.ts";
import type { FactReader } from "./fact-reader.ts";
import { glueNamedRoles, roleName } from "./identity.ts";

/** Puts together which role is used by what, from everything that was read before. */
export async function gatherRoleUses(reader: FactReader, scope: Scope): Promise<void> {
  const uses = [
    ...glueUses(reader, scope),
    ...batchUses(reader),
    ...namedUses(scope),
    ...(scope.stack === undefined ? [] : await stackUses(reader, scope.stack)),
  ];
  refuseHiddenUses(reader, scope);
  // Glue's console lets choose any role for a test: where nothing says which, those named after Glue are meant.
  const isConnectionMeant = reader.known("connections").length > 0;
  if (isConnectionMeant && !uses.some(({ purpose }) => purpose === "glue-connection")) {
    for (const name of await glueNamedRoles(reader)) {
      uses.push(roleUse(name, { service: "glue", purpose: "glue-connection", usedBy: "its name" }));
    }
  }
  reader.add("roleUses", uses);
}

/** What could not be read may use roles as well: the checks of roles must say so. */
function refuseHiddenUses(reader: FactReader, scope: Scope): void {
  const isGlueMeant = isAny(scope.connections) || isAny(scope.catalogDatabases);
  const isBatchMeant = isAny(scope.queues);
  for (const refusal of reader.refusals) {
    const hides =
      (isGlueMeant && ["connections", "crawlers", "glueJobs"].includes(refusal.kind)) ||
      (isBatchMeant &&
        ["queues", "environments", "jobDefinitions", "instanceProfiles"].includes(refusal.kind));
    if (hides)
      reader.refuse({ ...refusal, kind: "roleUses", id: `those of ${refusal.kind} ${refusal.id ?? ""}` });
  }
}

function glueUses(reader: FactReader, scope: Scope): RoleUseFact[] {
  const connections = new Set(reader.known("connections").map(({ id }) => id));
  const databases = new Set(reader.known("catalogDatabases").map(({ id }) => id));
  const uses: RoleUseFact[] = [];
  for (const crawler of reader.known("crawlers")) {
    const isMeant =
      (scope.crawlers !== "all" && scope.crawlers.includes(crawler.id)) ||
      (crawler.database !== undefined && databases.has(crawler.database));
    const usedBy = `crawler ${crawler.id}`;
    if (crawler.connections.some((name) => connections.has(name))) {
      uses.push(roleUse(crawler.role, { service: "glue", purpose: "glue-connection", usedBy }));
    }
    if (isMeant || scope.isRegion) {
      uses.push(
        roleUse(crawler.role, {
          service: "glue",
          purpose: "glue-crawler",
          usedBy,
          locations: crawler.locations,
        }),
      );
    }
  }
  for (const job of reader.known("glueJobs")) {
    if (job.connections.some((name) => connections.has(name))) {
      uses.push(roleUse(job.role, { service: "glue", purpose: "glue-connection", usedBy: `job ${job.id}` }));
    }
  }
  return uses;
}

function batchUses(reader: FactReader): RoleUseFact[] {
  const uses: RoleUseFact[] = [];
  for (const { id, serviceRole, instanceProfile } of reader.known("environments")) {
    const usedBy = `environment ${id}`;
    // The service-linked role is AWS's own.
    if (serviceRole !== undefined && !serviceRole.includes("/aws-service-role/")) {
      uses.push(roleUse(serviceRole, { service: "batch", purpose: "batch-service", usedBy }));
    }
    const profile = reader.known("instanceProfiles").find((one) => one.id === instanceProfile);
    for (const role of profile?.roles ?? []) {
      uses.push(roleUse(role, { service: "ec2", purpose: "batch-instance", usedBy }));
    }
  }
  for (const { id, jobRole, executionRole } of reader.known("jobDefinitions")) {
    const usedBy = `job definition ${id}`;
    if (jobRole !== undefined)
      uses.push(roleUse(jobRole, { service: "ecs-tasks", purpose: "batch-job", usedBy }));
    if (executionRole !== undefined) {
      uses.push(roleUse(executionRole, { service: "ecs-tasks", purpose: "batch-execution", usedBy }));
    }
  }
  return uses;
}

async function stackUses(reader: FactReader, stack: ScopedStack): Promise<RoleUseFact[]> {
  const roles = await gatherDeclaredRoles(reader, stack);
  return roles.map(({ role, service, usedBy, declared }) => ({
    ...roleUse(role, { service: service.replace(/\.amazonaws\.com$/, ""), purpose: "stack", usedBy }),
    declared,
  }));
}

function namedUses({ roles }: Scope): RoleUseFact[] {
  return roles.map((text) => {
    const [role = "", service] = text.split("=");
    const purpose: RolePurpose = service === undefined || service === "glue" ? "glue-connection" : "named";
    return roleUse(role, {
      service: (service ?? "glue").replace(/\.amazonaws\.com$/, ""),
      purpose,
      usedBy: "you named it",
    });
  });
}

function roleUse(
  role: string,
  use: { service: string; purpose: RolePurpose; usedBy: string; locations?: readonly string[] },
): RoleUseFact {
  const name = roleName(role);
  return {
    id: `${name} for ${use.purpose} of ${use.usedBy}`,
    role: name,
    arn: role.startsWith("arn:") ? role : undefined,
    service: `${use.service}.amazonaws.com`,
    purpose: use.purpose,
    usedBy: use.usedBy,
    locations: use.locations ?? [],
  };
}
