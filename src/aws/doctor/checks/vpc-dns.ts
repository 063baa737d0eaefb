import { check } from "../check.ts";
import { finding } from "../finding.ts";

export const vpcDns = check({
  name: "vpc-dns",
  title: "Names are resolved in the VPC",
  code: "vpc-dns-disabled",
  subjects: (account) => account.all("vpcs"),
  resource: ({ id }) => id,
  examine: (account, { id }) => {
    const dns = account.one("vpcDns", id);
    if (dns === undefined) return [];
    const off = [
      ...(dns.support ? [] : [["enableDnsSupport", "switch-on-support"] as const]),
      ...(dns.hostnames ? [] : [["enableDnsHostnames", "switch-on-hostnames"] as const]),
    ];
    // AWS takes one attribute a call, and hostnames only where support is on: one finding each, in this order.
    return off.map(([attribute, mend]) =>
      finding("vpc-dns-disabled", {
        resource: id,
        cause: `${attribute} is off in ${id}.`,
        mend,
        error: dns.support ? 1 : 0,
        values: { vpc: id, host: "<host>" },
      }),
    );
  },
});
