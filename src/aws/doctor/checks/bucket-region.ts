import { check } from "../check.ts";
import { finding } from "../finding.ts";

export const bucketRegion = check({
  name: "bucket-region",
  title: "The bucket is in the region where the work is done",
  code: "bucket-region-mismatch",
  subjects: (account) => account.all("buckets").filter(({ id }) => account.one("buckets", id) !== undefined),
  resource: ({ id }) => `bucket ${id}`,
  examine: (account, { id, region, usedBy }) => {
    // A bucket that is not there is for catalog-locations to report.
    if (region === undefined || region === account.region) return [];
    return [
      finding("bucket-region-mismatch", {
        resource: `bucket ${id}`,
        cause: `Bucket ${id} (${usedBy}) is in ${region}; the work is done in ${account.region}.`,
        mend: "run-there",
        values: { bucket: id, bucketRegion: region, region: account.region },
      }),
    ];
  },
});
