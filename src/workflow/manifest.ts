import { z } from "zod";

const counted = z.strictObject({ occ_count: z.number().int(), description: z.string() });
const issue = z.strictObject({ code: z.string(), count: z.number().int(), example: z.string() });

/**
 * `manifest.json` of a run: what went in, what came out, what was dropped and why. A folder without one is a
 * run that has not finished.
 */
export const manifestSchema = z.strictObject({
  format: z.literal("bisonflow-manifest-1"),
  bisonflow: z.string().describe("Version that made the result."),
  plan: z.string().describe("Identity of the plan: the same for the same inputs, parameters and code."),
  title: z.string(),
  synthetic: z.boolean().describe("The records are invented."),
  generatedAt: z.string().describe("When the result was finished, ISO 8601."),
  source: z.strictObject({
    description: z.string(),
    snapshotDate: z.string().optional(),
    doi: z.string().optional(),
    citation: z.string().optional(),
    licences: z.array(z.strictObject({ licence: z.string(), occ_count: z.number().int() })),
    strictestLicence: z.string().nullable().describe("What the outputs inherit."),
    inputs: z.array(
      z.strictObject({
        path: z.string(),
        kind: z.string(),
        rows: z.number().int(),
        bytes: z.number().int(),
        identity: z.string(),
        issues: z.array(issue),
      }),
    ),
  }),
  parameters: z.strictObject({
    profile: z.unknown(),
    columns: z.array(z.string()),
    flags: z.array(z.string()),
    matrices: z.array(z.string()),
    minOccurrences: z.number().int(),
    resolve: z.string(),
  }),
  records: z
    .strictObject({
      read: z.number().int(),
      kept: z.number().int(),
      dropped: z.array(counted.extend({ rule: z.string() })),
    })
    .refine(
      ({ read, kept, dropped }) => read === kept + dropped.reduce((sum, { occ_count }) => sum + occ_count, 0),
      {
        message: "kept and dropped records do not add up to those read",
      },
    ),
  flags: z.array(counted.extend({ name: z.string() })),
  layers: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string(),
      regions: z.number().int(),
      overlap: z.enum(["one", "all"]),
      snapMeters: z.number(),
      vintage: z.string().optional(),
      source: z.string(),
      identity: z.string(),
      coarserOf: z.string().optional(),
      placement: z.array(z.strictObject({ how: z.string(), occ_count: z.number().int() })),
      issues: z.array(issue),
    }),
  ),
  register: z
    .strictObject({
      name: z.string(),
      format: z.string(),
      citation: z.string().optional(),
      identity: z.string(),
      rows: z.number().int(),
      resolved: z.number().int(),
      unresolved: z.number().int(),
      how: z.record(z.string(), z.number().int()),
      conflicts: z.number().int().describe("Taxa on which rows of different degree fell; invasive won."),
      issues: z.array(issue),
    })
    .optional(),
  years: z.array(z.strictObject({ year: z.number().int(), occ_count: z.number().int() })),
  tables: z.array(z.strictObject({ name: z.string(), rows: z.number().int() })),
  files: z.array(
    z.strictObject({
      path: z.string(),
      bytes: z.number().int(),
      sha256: z.string(),
      rows: z.number().int().optional(),
    }),
  ),
  stages: z.array(
    z.strictObject({
      name: z.string(),
      tasks: z.number().int(),
      seconds: z.number().describe("Seconds that its tasks took, added up."),
      cpuSeconds: z.number(),
      peakMemoryMiB: z.number().describe("Of the largest process."),
      traffic: z
        .strictObject({
          requests: z.number().int(),
          retries: z.number().int(),
          bytesRead: z.number().int(),
          bytesWritten: z.number().int(),
        })
        .optional()
        .describe("What its tasks moved to and from a remote store; absent where they moved nothing."),
    }),
  ),
  versions: z.record(z.string(), z.string()),
  warnings: z.array(z.string()),
});

/** A manifest that was read and checked. */
export type Manifest = z.output<typeof manifestSchema>;
