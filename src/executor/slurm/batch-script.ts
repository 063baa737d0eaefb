/** How often a task is begun before it counts as failed. */
export const maxAttempts = 3;

/**
 * The script that Slurm runs for every task of an array: `task run` with the task's index.
 *
 * A task that wants another try (exit code 75) or was killed by something other than Slurm (a machine short of
 * memory kills with SIGKILL) goes back into the queue, perhaps to another node, and keeps its job id: jobs that
 * wait for it with afterok go on waiting, which they would not after a failure. Its own number must be named:
 * SLURM_JOB_ID of an array's last task is that of the whole array, and would requeue all of it.
 */
export function batchScript(options: {
  readonly command: readonly string[];
  readonly planUri: string;
  readonly stage: string;
  readonly base: number;
}): string {
  const { command, planUri, stage, base } = options;
  const words = [...command, "task", "run", planUri, stage].map(shellQuoted).join(" ");
  return `#!/bin/sh
stopped=
task=
trap 'stopped=yes; kill -TERM "$task" 2>/dev/null' TERM HUP
${words} "$((${base} + SLURM_ARRAY_TASK_ID))" &
task=$!
if [ -n "$stopped" ]; then kill -TERM "$task"; fi
# A signal ends a wait early; the task is waited for until it has gone.
while :; do
  wait "$task"
  status=$?
  kill -0 "$task" 2>/dev/null || break
done
trap - TERM HUP
case "$status" in
75 | 132 | 134 | 135 | 136 | 137 | 139)
  if [ -z "$stopped" ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt ${maxAttempts - 1} ]; then
    # Slurm ends this script as it takes the task back.
    scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}" && sleep 60
  fi
  ;;
esac
exit "$status"
`;
}

function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
