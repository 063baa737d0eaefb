"""What a crawl asks of its role: files, the catalog, its log, and the way through a connection.

Calls that only read are made, as the role; a table is not written, but the role is asked whether it may be. Which
calls Glue makes in which order it does not tell: these are those that its own managed policy has for the purpose. Like
Glue's, a crawl without the right to write a log goes on without one, and a file that may not be read is a line in
the log; any other refusal ends it.
"""

import fnmatch
import time
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from moto.glue.exceptions import InvalidInputException

from service_roles import Refused, session_of

SERVICE = "glue.amazonaws.com"
SESSION = "AWS-Crawler"
GUIDE = (
    "For more information, see Setting up IAM Permissions in the Developer Guide "
    "(http://docs.aws.amazon.com/glue/latest/dg/getting-started-access.html)."
)


class CrawlFailed(Exception):
    """Why a crawl ended, in Glue's words."""


def crawler_session(crawler):
    """The crawler's role as Glue takes it; a role may be named without its ARN. Raises NotTrusted."""
    role, backend = crawler.role, crawler.backend
    arn = role if role.startswith("arn:") else f"arn:aws:iam::{backend.account_id}:role/{role}"
    return session_of(arn, SERVICE, backend.region_name, SESSION)


def see_connections(session, targets):
    """Glue looks at a crawler's connections when the crawler is made."""
    for name in _connections(targets):
        try:
            session.client("glue").get_connection(Name=name)
        except ClientError as error:
            words = f"Unable to retrieve connection {name}: {_words(error, 'AmazonDataCatalog')}"
            raise InvalidInputException("", words) from None


def crawl(crawler, session, run):
    """Does the work of a crawl. Raises CrawlFailed."""
    log = _Log(session, run)
    try:
        for name in _connections(crawler.targets):
            _go_through(session, name)
        for target in crawler.targets.get("S3Targets", []):
            keys = _list(session, target)
            _read(session, target, keys, log)
            _register(crawler, session, target, keys)
    except ClientError as error:
        raise _failed(log, _words(error, "AWSGlue")) from None
    except Refused as error:
        raise _failed(log, f"{error} (Service: AWSGlue; Status Code: 400; Error Code: AccessDeniedException)") from None
    log.write("BENCHMARK : Crawler has finished running and is in state READY")


def _failed(log, words):
    log.write(f"ERROR : {words}. {GUIDE}")
    return CrawlFailed(f"{words}. {GUIDE}")


def _words(error, service):
    told, code = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return f"{told['Message']} (Service: {service}; Status Code: {code}; Error Code: {told['Code']})"


def _connections(targets):
    named = [target.get("ConnectionName") for kind in ("JdbcTargets", "S3Targets") for target in targets.get(kind, [])]
    return [name for name in dict.fromkeys(named) if name]


def _list(session, target):
    bucket, prefix = _place(target)
    pages = session.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [each["Key"][len(prefix):] for page in pages for each in page.get("Contents", [])]
    return [key for key in keys if not any(fnmatch.fnmatch(key, one) for one in target.get("Exclusions", []))]


def _place(target):
    place = urlsplit(target.get("Path") or target["path"])
    return place.netloc, place.path.lstrip("/")


def _read(session, target, keys, log):
    s3, (bucket, prefix) = session.client("s3"), _place(target)
    for key in keys:
        try:
            s3.get_object(Bucket=bucket, Key=prefix + key, Range="bytes=0-1")
        except ClientError as error:
            log.write(
                f"ERROR : {_words(error, 'Amazon S3')} retrieving file at s3://{bucket}/{prefix}{key}. "
                "Tables created did not infer schemas from this file."
            )


def _register(crawler, session, target, keys):
    """Every folder that holds files or partitions is a table."""
    glue, database = session.client("glue"), crawler.database_name
    glue.get_database(Name=database)
    glue.get_tables(DatabaseName=database)
    catalog = f"arn:aws:glue:{session.region}:{crawler.backend.account_id}"
    tables = {}
    for key in keys:
        folders = key.split("/")[:-1]
        plain = [folder for folder in folders if "=" not in folder]
        name = plain[-1] if plain else _place(target)[1].rstrip("/").split("/")[-1]
        tables[name] = tables.get(name, False) or len(plain) < len(folders)
    for name, is_partitioned in tables.items():
        table = f"{catalog}:table/{database}/{name}"
        try:
            glue.get_table(DatabaseName=database, Name=name)
            session.require("glue:UpdateTable", table)
        except glue.exceptions.EntityNotFoundException:
            session.require("glue:CreateTable", table)
        if is_partitioned:
            # Which are there, then those that are not and those that are other.
            for action in ("BatchGetPartition", "GetPartition", "BatchCreatePartition", "UpdatePartition"):
                session.require(f"glue:{action}", table)


def _go_through(session, name):
    """Network interfaces in the connection's subnet, made and removed, and the password."""
    connection = session.client("glue").get_connection(Name=name)["Connection"]
    secret = connection.get("ConnectionProperties", {}).get("SECRET_ID")
    place = connection["PhysicalConnectionRequirements"]
    ec2 = session.client("ec2")
    try:
        subnet = ec2.describe_subnets(SubnetIds=[place["SubnetId"]])["Subnets"][0]
        ec2.describe_security_groups(GroupIds=place["SecurityGroupIdList"])
        ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [subnet["VpcId"]]}])
        ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [subnet["VpcId"]]}])
        ec2.describe_vpc_attribute(VpcId=subnet["VpcId"], Attribute="enableDnsSupport")
        made = ec2.create_network_interface(SubnetId=place["SubnetId"], Groups=place["SecurityGroupIdList"])
        interface = made["NetworkInterface"]["NetworkInterfaceId"]
        tag = {"Key": "aws-glue-service-resource", "Value": name}
        ec2.create_tags(Resources=[interface], Tags=[tag])
        ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])
        ec2.delete_tags(Resources=[interface], Tags=[tag])
        ec2.delete_network_interface(NetworkInterfaceId=interface)
        if secret:
            session.client("secretsmanager").get_secret_value(SecretId=secret)
    except ClientError as error:
        raise CrawlFailed(_words(error, "AmazonEC2")) from None


class _Log:
    """The crawl's log, made the first time; silent where the role may not write it."""

    def __init__(self, session, run):
        self._logs, self._run, self._may = session.client("logs"), run, True
        self._try(self._logs.create_log_group, logGroupName=run.log_group)
        self._try(self._logs.create_log_stream, logGroupName=run.log_group, logStreamName=run.log_stream)
        self.write("BENCHMARK : Running Start Crawl")

    def write(self, line):
        event = {"timestamp": int(time.time() * 1000), "message": f"[{self._run.message_prefix}] {line}"}
        self._try(
            self._logs.put_log_events, logGroupName=self._run.log_group, logStreamName=self._run.log_stream,
            logEvents=[event],
        )

    def _try(self, call, **options):
        if not self._may:
            return
        try:
            call(**options)
        except ClientError as error:
            self._may = error.response["Error"]["Code"] == "ResourceAlreadyExistsException"
