// Writes a seeded set of CloudTrail logs as a trail leaves them: many gzipped files of one JSON object each.
//   node bench/make-cloudtrail.mjs FOLDER [EVENTS] [EVENTS_A_FILE]
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

const [folder, events = "1000000", perFile = "5000"] = process.argv.slice(2);
if (folder === undefined) throw new Error("node bench/make-cloudtrail.mjs FOLDER [EVENTS] [EVENTS_A_FILE]");

let state = 20261124;
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}
const pick = (all) => all[Math.floor(random() * all.length)];
const hex = (n) => Array.from({ length: n }, () => "0123456789abcdef"[Math.floor(random() * 16)]).join("");
const uuid = () => `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`;
const account = "111122223333";
const roles = Array.from({ length: 20 }, (_, i) => `bisonflow-role-${i}`);
const bucket = () => pick(["bison-data", "bison-out", "gbif-open-data-us-east-1"]);

const kinds = [
  () => {
    const [bucketName, key] = [
      bucket(),
      `runs/${uuid()}/occurrences/part-${Math.floor(random() * 1e5)}.parquet`,
    ];
    return {
      eventSource: "s3.amazonaws.com",
      eventName: pick(["GetObject", "PutObject", "HeadObject"]),
      requestParameters: { bucketName, Host: `${bucketName}.s3.us-east-1.amazonaws.com`, key },
      resources: [
        { type: "AWS::S3::Object", ARN: `arn:aws:s3:::${bucketName}/${key}` },
        { accountId: account, type: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${bucketName}` },
      ],
      additionalEventData: {
        SignatureVersion: "SigV4",
        bytesTransferredIn: 0,
        bytesTransferredOut: 4096,
        "x-amz-id-2": hex(76),
      },
      managementEvent: false,
      eventCategory: "Data",
    };
  },
  () => ({
    eventSource: "glue.amazonaws.com",
    eventName: pick(["GetTable", "GetPartitions", "UpdateTable"]),
    requestParameters: { databaseName: "bison", name: `table_${Math.floor(random() * 500)}` },
  }),
  () => ({
    eventSource: "ec2.amazonaws.com",
    eventName: pick(["DescribeInstances", "TerminateInstances"]),
    requestParameters: { instancesSet: { items: [{ instanceId: `i-${hex(17)}` }] }, filterSet: {} },
    ...(random() < 0.1
      ? {
          errorCode: "Client.UnauthorizedOperation",
          errorMessage: `You are not authorized to perform this operation. Encoded authorization failure message: ${hex(600)}`,
        }
      : {}),
  }),
  () => ({
    eventSource: "batch.amazonaws.com",
    eventName: "SubmitJob",
    requestParameters: {
      jobName: `annotate-${hex(8)}`,
      jobQueue: "bison",
      jobDefinition: `bison-task:${Math.floor(random() * 900)}`,
    },
  }),
];

let file = 0;
for (let done = 0; done < Number(events); ) {
  const Records = [];
  for (let i = 0; i < Number(perFile) && done < Number(events); i++, done++) {
    const role = pick(roles);
    const at = new Date(Date.UTC(2026, 9, 1) + done * 1000).toISOString().replace(".000Z", "Z");
    Records.push({
      eventVersion: "1.09",
      userIdentity: {
        type: "AssumedRole",
        principalId: `AROA${hex(17).toUpperCase()}:session`,
        arn: `arn:aws:sts::${account}:assumed-role/${role}/session-${hex(8)}`,
        accountId: account,
        accessKeyId: "ASIAEXAMPLE",
        sessionContext: {
          sessionIssuer: {
            type: "Role",
            principalId: "AROAEXAMPLE",
            arn: `arn:aws:iam::${account}:role/${role}`,
            accountId: account,
            userName: role,
          },
          attributes: { creationDate: at, mfaAuthenticated: "false" },
        },
      },
      eventTime: at,
      awsRegion: "us-east-1",
      sourceIPAddress: "203.0.113.10",
      userAgent: "aws-sdk-js/3.1173.0 ua/2.1 os/linux lang/js md/nodejs#20.20.2 api/s3#3.1173.0",
      responseElements: null,
      requestID: hex(16).toUpperCase(),
      eventID: uuid(),
      readOnly: true,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: account,
      eventCategory: "Management",
      ...pick(kinds)(),
      tlsDetails: {
        tlsVersion: "TLSv1.3",
        cipherSuite: "TLS_AES_128_GCM_SHA256",
        clientProvidedHostHeader: "s3.us-east-1.amazonaws.com",
      },
    });
  }
  const path = join(
    folder,
    `AWSLogs/${account}/CloudTrail/us-east-1/2026/10/01/${account}_CloudTrail_us-east-1_20261001T0000Z_${String(file++).padStart(8, "0")}.json.gz`,
  );
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, gzipSync(JSON.stringify({ Records }), { level: 1 }));
}
console.log(`${events} events in ${file} files`);
