import { trouble } from "../trouble.ts";

/** What goes wrong between a connection and its database. */
export const databaseTroubles = {
  "database-unreachable": trouble({
    code: "database-unreachable",
    severity: "error",
    title: "The database cannot be reached from the connection",
    errors: [
      {
        text: "org.postgresql.util.PSQLException: The connection attempt failed. Caused by: java.net.SocketTimeoutException: connect timed out",
        tells: [
          ["connect timed out"],
          ["connection timed out"],
          ["the connection attempt failed"],
          ["communications link failure"],
          ["sockettimeoutexception"],
          ["login timeout", "connection"],
          ["connection to", "refused", "accepting tcp ip connections"],
        ],
      },
      {
        text: "The specified subnet does not have enough free addresses to satisfy the request.",
        tells: [["subnet does not have enough free addresses"], ["InsufficientFreeAddressesInSubnet"]],
      },
    ],
    cause:
      "The packets do not arrive: the database's security group does not admit the connection's group on its port, a network ACL drops them on the way there or back, the database is in another VPC or is not running, or the connection's subnet has no free addresses left.",
    mends: {
      "admit-group": {
        words: "Let members of {connectionGroup} reach the database's group {databaseGroup} on port {port}",
        steps: [
          {
            service: "ec2",
            operation: "AuthorizeSecurityGroupIngress",
            input: {
              GroupId: "{databaseGroup}",
              IpPermissions: [
                {
                  IpProtocol: "tcp",
                  FromPort: "{port}",
                  ToPort: "{port}",
                  UserIdGroupPairs: [{ GroupId: "{connectionGroup}" }],
                },
              ],
            },
          },
        ],
        canApply: true,
        stackOption: "bisonflow aws up --database",
      },
      "let-out": {
        words: "Let {connectionGroup} send to the database's group {databaseGroup} on port {port}",
        steps: [
          {
            service: "ec2",
            operation: "AuthorizeSecurityGroupEgress",
            input: {
              GroupId: "{connectionGroup}",
              IpPermissions: [
                {
                  IpProtocol: "tcp",
                  FromPort: "{port}",
                  ToPort: "{port}",
                  UserIdGroupPairs: [{ GroupId: "{databaseGroup}" }],
                },
              ],
            },
          },
        ],
        canApply: true,
        stackOption: "bisonflow aws up --database",
      },
      "open-acl": {
        words:
          "Let traffic of {cidr} through network ACL {acl} ({direction}, TCP {fromPort} to {toPort}); choose a rule number below the one that drops it",
        steps: [
          {
            command:
              "aws ec2 create-network-acl-entry --network-acl-id {acl} {directionOption} --rule-number <free number> --protocol 6 --port-range From={fromPort},To={toPort} --cidr-block {cidr} --rule-action allow",
          },
        ],
        canApply: false,
      },
      "change-port": {
        words: "Give connection {connection} the database's port {databasePort} in its JDBC URL",
        steps: [{ command: "aws glue get-connection --name {connection} --hide-password" }],
        canApply: false,
        stackOption: "bisonflow aws up --database",
      },
      "same-vpc": {
        words: "Move the connection to a subnet of the database's VPC {databaseVpc}, or peer the two VPCs",
        steps: [
          {
            command:
              "aws ec2 describe-subnets --filters Name=vpc-id,Values={databaseVpc} --query 'Subnets[].[SubnetId,AvailabilityZone]'",
          },
        ],
        canApply: false,
        stackOption: "bisonflow aws up --database",
      },
      start: {
        words: "Start database {database}",
        steps: [
          { service: "rds", operation: "StartDBInstance", input: { DBInstanceIdentifier: "{database}" } },
        ],
        canApply: false,
      },
      "wait-for": {
        words: "Wait until database {database} is available",
        steps: [{ command: "aws rds wait db-instance-available --db-instance-identifier {database}" }],
        canApply: false,
      },
      "free-addresses": {
        words: "Free addresses in {subnet}, or give the connection a subnet with room in the same zone",
        steps: [
          {
            command:
              "aws ec2 describe-subnets --filters Name=vpc-id,Values={vpc} --query 'Subnets[].[SubnetId,AvailabilityZone,AvailableIpAddressCount]'",
          },
        ],
        canApply: false,
        stackOption: "bisonflow aws up --vpc new",
      },
    },
  }),
  "database-driver-too-old": trouble({
    code: "database-driver-too-old",
    severity: "error",
    title: "Glue's own driver cannot sign in to the database",
    errors: [
      {
        text: "The authentication type 10 is not supported. Check that you have configured the pg_hba.conf file to include the client's IP address or subnet, and that it is using an authentication scheme supported by the driver.",
        tells: [
          ["authentication type 10 is not supported"],
          ["using an authentication scheme supported by the driver"],
        ],
      },
    ],
    cause:
      "The database keeps passwords as SCRAM-SHA-256 (PostgreSQL's default since 14), and the JDBC driver that Glue uses for tests and crawlers is older than that.",
    mends: {
      "md5-passwords": {
        words:
          "Keep passwords as MD5 in parameter group {parameterGroup}, then set the user's password anew; or give the connection a newer driver",
        steps: [
          {
            command:
              "aws rds modify-db-parameter-group --db-parameter-group-name {parameterGroup} --parameters ParameterName=password_encryption,ParameterValue=md5,ApplyMethod=immediate",
          },
        ],
        canApply: false,
      },
      "own-group": {
        words:
          "Give database {database} a parameter group of its own (AWS's default one cannot be changed) that keeps passwords as MD5, then set the user's password anew; or give the connection a newer driver",
        steps: [
          {
            command:
              "aws rds create-db-parameter-group --db-parameter-group-name {database}-md5 --db-parameter-group-family {family} --description 'passwords that Glue can use'",
          },
          {
            command:
              "aws rds modify-db-parameter-group --db-parameter-group-name {database}-md5 --parameters ParameterName=password_encryption,ParameterValue=md5,ApplyMethod=immediate",
          },
          {
            command:
              "aws rds modify-db-instance --db-instance-identifier {database} --db-parameter-group-name {database}-md5 --apply-immediately",
          },
        ],
        canApply: false,
      },
      "own-driver": {
        words:
          "Give the connection a driver of its own: PostgreSQL JDBC 42.2 or newer on S3, named by JDBC_DRIVER_JAR_URI and JDBC_DRIVER_CLASS_NAME. Glue cannot test such a connection: `bisonflow connection test` can",
        steps: [{ command: "aws s3 cp postgresql-42.7.8.jar s3://<bucket>/drivers/" }],
        canApply: false,
      },
    },
  }),
} as const;
