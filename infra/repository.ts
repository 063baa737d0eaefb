import type { Stack } from "aws-cdk-lib";
import { CfnRepository } from "aws-cdk-lib/aws-ecr";

/** Where the container image is pushed to; empty when the stack is made. Goes with the stack, images and all. */
export function repositoryOf(stack: Stack): CfnRepository {
  return new CfnRepository(stack, "Repository", {
    emptyOnDelete: true,
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: { encryptionType: "AES256" },
    lifecyclePolicy: {
      lifecyclePolicyText: JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            description: "the last five images",
            selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 5 },
            action: { type: "expire" },
          },
        ],
      }),
    },
  });
}
