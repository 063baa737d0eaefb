import { AnyPrincipal, Effect, PolicyStatement, type ServicePrincipal } from "aws-cdk-lib/aws-iam";

type Where = Record<string, Record<string, string>>;

/** A statement of a resource's policy that refuses everybody under a condition. */
export function deny(sid: string, action: string, resources: string[], when: Where): PolicyStatement {
  return new PolicyStatement({
    sid,
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: [action],
    resources,
    conditions: when,
  });
}

/** A statement of a resource's policy that allows a service under a condition. */
export function allowService(
  principal: ServicePrincipal,
  what: { sid: string; actions: string[]; resources: string[]; when: Where },
): PolicyStatement {
  const { sid, actions, resources, when } = what;
  return new PolicyStatement({ sid, principals: [principal], actions, resources, conditions: when });
}
