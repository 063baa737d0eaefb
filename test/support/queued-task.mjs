// A stand-in for `bisonflow task run PLAN STAGE [INDEX] [--indexes URI]` in jobs of a queue: a real process that
// gets the same arguments and behaves as the plan tells it, task by task. What it publishes is an object.
const [, , plan, stage, ...rest] = process.argv.slice(2);
const endpoint = process.env.AWS_ENDPOINT_URL;
const attempt = Number(process.env.AWS_BATCH_JOB_ATTEMPT);
// Where rights are not enforced the emulator wants to see some signature, any.
const headers = { authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request" };
const fetchObject = (uri) => fetch(`${endpoint}/${uri.slice("s3://".length)}`, { headers });
const publish = (name) =>
  fetch(`${endpoint}/${plan.slice("s3://".length).replace("plan.json", name)}`, {
    method: "PUT",
    body: "done",
  });
const say = (event) => new Promise((done) => process.stdout.write(`${JSON.stringify(event)}\n`, done));

const at = rest.indexOf("--indexes");
const given = at === -1 ? rest : rest.slice(0, at);
const position = Number(given[0] ?? process.env.AWS_BATCH_JOB_ARRAY_INDEX);
const index = at === -1 ? position : (await (await fetchObject(rest[at + 1])).json())[position];
const behaviour = (await (await fetchObject(plan)).json())[`${stage} ${index}`] ?? "finish";
const finish = async () => {
  await publish(`${stage}-${index}`);
  await say({ type: "task-finished", index, seconds: 0.25, rows: 100 + index });
  process.exit(0);
};

process.on("SIGTERM", async () => {
  await say({ type: "task-progress", index, rows: 7, totalRows: 9 });
  process.exit(130);
});
await say({ type: "task-started", index });
if (behaviour === "finish") await finish();
if (behaviour === "fail") {
  await say({
    type: "task-failed",
    index,
    message: "records.csv is no CSV.",
    retry: false,
    code: "input-unreadable",
    hint: "Give another.",
    exitCode: 2,
  });
  process.exit(2);
}
if (behaviour === "fail twice") {
  if (attempt > 2) await finish();
  await say({ type: "task-failed", index, message: "S3 is slow today.", retry: true });
  process.exit(75);
}
if (behaviour === "crash") {
  process.stderr.write("FATAL ERROR: Reached heap limit\n");
  process.exit(134);
}
if (behaviour === "publish, then be killed") {
  await publish(`${stage}-${index}`);
  process.kill(process.pid, "SIGKILL");
}
// "wait": works until it is stopped; the second attempt finishes.
if (behaviour === "wait once" && attempt > 1) await finish();
await say({ type: "task-progress", index, rows: 1, totalRows: 9 });
setInterval(() => undefined, 1000);
