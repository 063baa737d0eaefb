import { trouble } from "../trouble.ts";

/** What goes wrong with roles and policies. */
export const identityTroubles = {
  "role-trust-missing-service": trouble({
    code: "role-trust-missing-service",
    severity: "error",
    title: "The role does not let the service use it",
    errors: [
      {
        text: "{role} should be given assume role permissions for the {serviceName} service.",
        tells: [["should be given assume role permissions"]],
      },
      {
        text: "Service is unable to assume provided role. Please verify role's TrustPolicy",
        tells: [["unable to assume provided role"], ["verify role s trustpolicy"]],
      },
      {
        text: "ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.",
        tells: [["ECS was unable to assume the role"], ["proper trust relationship and permissions"]],
      },
      {
        text: "User: {principal} is not authorized to perform: sts:AssumeRole on resource: {role}",
        tells: [["not authorized to perform", "sts:AssumeRole"]],
      },
    ],
    cause:
      "The trust policy of the role does not name the service that is to work under it, or a statement denies it.",
    mends: {
      "add-service": {
        words: "Let {service} assume role {roleName}; everything else in its trust policy stays",
        steps: [
          {
            service: "iam",
            operation: "UpdateAssumeRolePolicy",
            input: { RoleName: "{roleName}", PolicyDocument: "{trustDocument}" },
          },
        ],
        canApply: true,
        stackOption: "bisonflow aws up",
      },
      "add-again": {
        words:
          "Let {service} assume role {roleName} again, as stack {stack} declares; `bisonflow aws up` does not see what was changed by hand",
        steps: [
          {
            service: "iam",
            operation: "UpdateAssumeRolePolicy",
            input: { RoleName: "{roleName}", PolicyDocument: "{trustDocument}" },
          },
        ],
        canApply: true,
        isOnlyFound: true,
      },
      "make-role": {
        words: "Make role {roleName}, which {service} may assume, and give it the permissions that it needs",
        steps: [
          {
            service: "iam",
            operation: "CreateRole",
            input: { RoleName: "{roleName}", AssumeRolePolicyDocument: "{trustDocument}" },
          },
        ],
        canApply: false,
        stackOption: "bisonflow aws up",
      },
    },
  }),
  "caller-cannot-pass-role": trouble({
    code: "caller-cannot-pass-role",
    severity: "error",
    title: "Whoever runs this may not hand the role to the service",
    errors: [
      {
        text: "User: {principal} is not authorized to perform: iam:PassRole on resource: {role} because no identity-based policy allows the iam:PassRole action",
        tells: [["not authorized to perform", "iam:PassRole"], ["iam:PassRole"]],
      },
      {
        text: "{role} should be given assume role permissions for the AWS Glue service.",
        tells: [["should be given assume role permissions"]],
      },
    ],
    cause:
      "Handing a role to a service needs iam:PassRole on that role; where the permission has the condition iam:PassedToService, the service must be among its values.",
    mends: {
      "allow-pass": {
        words: "Let {principalName} pass role {roleName} to {service}",
        steps: [
          {
            service: "iam",
            operation: "{putPolicy}",
            input: {
              "{principalMember}": "{principalName}",
              PolicyName: "bisonflow-pass-{roleName}",
              PolicyDocument: "{passDocument}",
            },
          },
        ],
        canApply: false,
        example: {
          putPolicy: "PutUserPolicy",
          principalMember: "UserName",
          principalName: "<user>",
          service: "glue.amazonaws.com",
          roleName: "<role>",
          passDocument:
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PassRole","Resource":"<role arn>","Condition":{"StringEquals":{"iam:PassedToService":"glue.amazonaws.com"}}}]}',
        },
      },
    },
  }),
  "role-missing-action": trouble({
    code: "role-missing-action",
    severity: "error",
    title: "The role lacks a permission that the service needs",
    errors: [
      {
        text: "Failed to call {action}: {role} is unauthorized",
        tells: [["failed to call", "unauthorized"]],
      },
      {
        text: "'{role}' is not authorized to create managed-rule.",
        tells: [["is not authorized to create managed-rule"]],
      },
      {
        text: "The state machine IAM Role is not authorized to access the Log Destination",
        tells: [["IAM Role is not authorized to access the Log Destination"]],
      },
      {
        text: "User: {principal} is not authorized to perform: {action}",
        tells: [
          ["is not authorized to perform"],
          ["UnauthorizedOperation"],
          ["AccessDeniedException"],
          ["AccessDenied"],
          ["you are not authorized to perform this operation"],
        ],
      },
      {
        text: "(nothing is said: a schedule starts no run, a stopped run's job goes on, or a crawl or a container leaves no log)",
        tells: [
          ["schedule starts no run"],
          ["schedule", "did not start"],
          ["stopped run", "job goes on"],
          ["leaves no log"],
        ],
      },
    ],
    cause:
      "None of the role's policies allows the action on that resource, or one denies it, or its permissions boundary does not include it.",
    mends: {
      "allow-actions": {
        words: "Allow {actions} for role {roleName}",
        steps: [
          {
            service: "iam",
            operation: "PutRolePolicy",
            input: { RoleName: "{roleName}", PolicyName: "{policyName}", PolicyDocument: "{policyDocument}" },
          },
        ],
        canApply: false,
        example: {
          roleName: "<role>",
          policyName: "bisonflow-missing-actions",
          policyDocument:
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["<action>"],"Resource":"*"}]}',
        },
        stackOption: "bisonflow aws up",
      },
      "put-back": {
        words:
          "Give role {roleName} again the policy that stack {stack} declares for it; CloudFormation does not see what was changed by hand, so that `bisonflow aws up` alone finds nothing to do",
        steps: [
          {
            service: "iam",
            operation: "PutRolePolicy",
            input: { RoleName: "{roleName}", PolicyName: "{policyName}", PolicyDocument: "{policyDocument}" },
          },
        ],
        canApply: false,
        isOnlyFound: true,
        example: {
          roleName: "<role>",
          stack: "bisonflow",
          policyName: "declared",
          policyDocument: "<what `bisonflow aws template` has for the role>",
        },
      },
      "attach-again": {
        words: "Attach to role {roleName} again the policy of AWS that stack {stack} declares for it",
        steps: [
          {
            service: "iam",
            operation: "AttachRolePolicy",
            input: { RoleName: "{roleName}", PolicyArn: "{policyArn}" },
          },
        ],
        canApply: false,
        isOnlyFound: true,
        example: { roleName: "<role>", stack: "bisonflow", policyArn: "<policy arn>" },
      },
      "take-denial-out": {
        words:
          "Take the denial of {actions} for role {roleName} out of {policies}; the command takes the whole policy away, so look first at what else is in it",
        steps: [{ command: "{removal}" }],
        canApply: false,
        isOnlyFound: true,
        example: {
          actions: "<action>",
          roleName: "<role>",
          policies: "<policy>",
          removal: "aws iam delete-role-policy --role-name <role> --policy-name <policy>",
        },
      },
      "bring-up-to-date": {
        words:
          "Bring stack {stack} up to date: it was made from an older template, which does not allow {actions} for role {roleName}",
        steps: [{ command: "bisonflow aws up --name {stack}" }],
        canApply: false,
        isOnlyFound: true,
        example: { stack: "bisonflow", actions: "<action>", roleName: "<role>" },
        stackOption: "bisonflow aws up --name {stack}",
      },
    },
  }),
  "policy-too-long": trouble({
    code: "policy-too-long",
    severity: "error",
    title: "The policy is longer than IAM takes",
    errors: [
      {
        text: "LimitExceeded: Maximum policy size of {limit} bytes exceeded for {kind} {name}",
        tells: [
          ["maximum policy size of", "exceeded"],
          ["cannot exceed quota for policysize"],
          ["cannot exceed quota for aclsizeperrole"],
          ["the policy exceeds the maximum"],
        ],
      },
      {
        text: "(an empty error box in the console when the policy of the Glue guide is pasted)",
        tells: [["empty error", "policy"]],
      },
    ],
    cause:
      "IAM counts the characters without white space: all inline policies of a user together may have 2,048, of a group 5,120, of a role 10,240; a managed policy 6,144. The policy of AWS's own guide to Glue (2,448) does not fit a user.",
    mends: {
      "managed-policy": {
        words: "Make a managed policy of it, which may have 6,144 characters, and attach that",
        steps: [
          { command: "aws iam create-policy --policy-name {policyName} --policy-document file://{file}" },
          {
            command: "aws iam {attachCommand} --policy-arn arn:aws:iam::{account}:policy/{policyName}",
          },
        ],
        canApply: false,
      },
      "split-policy": {
        words: "Split it, or let `bisonflow aws audit` write what is really needed, cut to IAM's limits",
        steps: [{ command: "bisonflow aws audit s3://<bucket>/AWSLogs/ --policy least-policy.json" }],
        canApply: false,
      },
    },
  }),
} as const;
