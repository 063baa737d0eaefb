import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import {
  BatchCreatePartitionCommand,
  BatchDeletePartitionCommand,
  BatchGetPartitionCommand,
  BatchUpdatePartitionCommand,
  type GlueClient,
  type Partition as GluePartition,
  type PartitionError,
} from "@aws-sdk/client-glue";
import type { Change, Partition } from "../../catalog/index.ts";
import { TaskFailure } from "../../trouble/index.ts";
import { partitionFrom, partitionInput } from "./glue-records.ts";

/** How many partitions Glue takes in one call. */
const limits = { get: 1000, create: 100, update: 100, remove: 25 } as const;

/** Which table the partitions are of, and who is asked. */
export interface PartitionsOf {
  readonly glue: GlueClient;
  readonly database: string;
  readonly table: string;
}

/** Adds or replaces partitions by their values, in as few calls as Glue allows; says what became of each kind. */
export async function putAll(
  of: PartitionsOf,
  partitions: readonly Partition[],
): Promise<Record<Change, number>> {
  const wanted = new Map(partitions.map((partition) => [keyOf(partition.Values), partition]));
  const known = await knownOf(of, [...wanted.values()]);
  const missing: Partition[] = [];
  const changed: Partition[] = [];
  for (const [key, partition] of wanted) {
    const before = known.get(key);
    if (before === undefined) missing.push(partition);
    else if (!isDeepStrictEqual(before, plain(partition))) changed.push(partition);
  }
  const unchanged = wanted.size - missing.length - changed.length;
  // Another writer may have made some since they were looked for: these are then replaced.
  const late = await createAll(of, missing);
  const gone = await updateAll(of, [...changed, ...late]);
  await createAll(of, gone);
  return { added: missing.length - late.length, updated: changed.length + late.length, unchanged };
}

/** Removes partitions by their values; returns how many there were. */
export async function removeAll(
  { glue, database, table }: PartitionsOf,
  values: readonly (readonly string[])[],
): Promise<number> {
  let removed = 0;
  for (const batch of batches(values, limits.remove)) {
    const { Errors = [] } = await glue.send(
      new BatchDeletePartitionCommand({
        DatabaseName: database,
        TableName: table,
        PartitionsToDelete: batch.map((one) => ({ Values: [...one] })),
      }),
    );
    const others = Errors.filter(({ ErrorDetail }) => ErrorDetail?.ErrorCode !== "EntityNotFoundException");
    if (others.length > 0) throw refused(`${database}.${table}`, others);
    removed += batch.length - Errors.length;
  }
  return removed;
}

async function knownOf(
  { glue, database, table }: PartitionsOf,
  partitions: readonly Partition[],
): Promise<Map<string, Partition>> {
  const known = new Map<string, Partition>();
  for (const batch of batches(partitions, limits.get)) {
    let open = batch.map(({ Values }) => ({ Values: [...Values] }));
    while (open.length > 0) {
      const answer = await glue.send(
        new BatchGetPartitionCommand({ DatabaseName: database, TableName: table, PartitionsToGet: open }),
      );
      for (const one of (answer.Partitions ?? []) as GluePartition[]) {
        const partition = partitionFrom(one);
        known.set(keyOf(partition.Values), partition);
      }
      open = (answer.UnprocessedKeys ?? []).map(({ Values }) => ({ Values: Values ?? [] }));
    }
  }
  return known;
}

/** Returns those that were there already. */
async function createAll(of: PartitionsOf, partitions: readonly Partition[]): Promise<Partition[]> {
  return write(of, partitions, {
    limit: limits.create,
    pass: "AlreadyExistsException",
    send: async (batch) => {
      const { Errors } = await of.glue.send(
        new BatchCreatePartitionCommand({
          DatabaseName: of.database,
          TableName: of.table,
          PartitionInputList: batch.map(partitionInput),
        }),
      );
      return Errors?.map(({ PartitionValues, ErrorDetail }) => ({ PartitionValues, ErrorDetail }));
    },
  });
}

/** Returns those that were not there. */
async function updateAll(of: PartitionsOf, partitions: readonly Partition[]): Promise<Partition[]> {
  return write(of, partitions, {
    limit: limits.update,
    pass: "EntityNotFoundException",
    send: async (batch) => {
      const { Errors } = await of.glue.send(
        new BatchUpdatePartitionCommand({
          DatabaseName: of.database,
          TableName: of.table,
          Entries: batch.map((partition) => ({
            PartitionValueList: [...partition.Values],
            PartitionInput: partitionInput(partition),
          })),
        }),
      );
      return Errors?.map(({ PartitionValueList, ErrorDetail }) => ({
        PartitionValues: PartitionValueList,
        ErrorDetail,
      }));
    },
  });
}

/** Sends batches; partitions refused because somebody else is at them are sent again, those of `pass` returned. */
async function write(
  { database, table }: PartitionsOf,
  partitions: readonly Partition[],
  how: {
    limit: number;
    pass: string;
    send: (batch: readonly Partition[]) => Promise<PartitionError[] | undefined>;
  },
): Promise<Partition[]> {
  const passed: Partition[] = [];
  for (const batch of batches(partitions, how.limit)) {
    let open: readonly Partition[] = batch;
    for (let attempt = 1; open.length > 0; attempt++) {
      const errors = (await how.send(open)) ?? [];
      const byCode = (code: string): Set<string> =>
        new Set(
          errors
            .filter(({ ErrorDetail }) => ErrorDetail?.ErrorCode === code)
            .map(({ PartitionValues }) => keyOf(PartitionValues ?? [])),
        );
      const [through, busy] = [byCode(how.pass), byCode("ConcurrentModificationException")];
      if (through.size + busy.size < errors.length || (busy.size > 0 && attempt === 6))
        throw refused(`${database}.${table}`, errors);
      passed.push(...open.filter(({ Values }) => through.has(keyOf(Values))));
      open = open.filter(({ Values }) => busy.has(keyOf(Values)));
      if (open.length > 0) await pause(100 * 2 ** attempt * (0.5 + Math.random()));
    }
  }
  return passed;
}

function refused(subject: string, errors: readonly PartitionError[]): TaskFailure {
  const [first] = errors;
  const { ErrorCode, ErrorMessage } = first?.ErrorDetail ?? {};
  return new TaskFailure({
    message: `${subject}: the Glue Data Catalog refused ${errors.length} partitions, the first of them ${first?.PartitionValues?.join("/")}`,
    retry: ErrorCode === "ConcurrentModificationException" || ErrorCode === "InternalServiceException",
    detail: `${ErrorCode}: ${ErrorMessage}`,
  });
}

function* batches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** Without members that are undefined, as it comes back. */
function plain(partition: Partition): Partition {
  return JSON.parse(JSON.stringify(partition)) as Partition;
}

export function keyOf(values: readonly string[]): string {
  return JSON.stringify(values);
}
