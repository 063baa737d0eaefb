"""Networks of a template that hold together: moto keeps a subnet's route table where nobody looks for it, and leaves
out a VPC's attributes of DNS and whether a subnet's machines get public addresses.
"""

from moto.ec2.models import ec2_backends
from moto.ec2.models.subnets import Subnet, SubnetRouteTableAssociation
from moto.ec2.models.vpcs import VPC

_make_vpc = VPC.create_from_cloudformation_json.__func__
_make_subnet = Subnet.create_from_cloudformation_json.__func__
_associate = SubnetRouteTableAssociation.create_from_cloudformation_json.__func__


def make_vpc(cls, resource_name, cloudformation_json, account_id, region_name, **options):
    vpc = _make_vpc(cls, resource_name, cloudformation_json, account_id, region_name, **options)
    properties = cloudformation_json["Properties"]
    for name, attribute in (("EnableDnsSupport", "enable_dns_support"), ("EnableDnsHostnames", "enable_dns_hostnames")):
        if name in properties:
            setattr(vpc, attribute, str(properties[name]).lower())
    return vpc


def make_subnet(cls, resource_name, cloudformation_json, account_id, region_name, **options):
    subnet = _make_subnet(cls, resource_name, cloudformation_json, account_id, region_name, **options)
    public = str(cloudformation_json["Properties"].get("MapPublicIpOnLaunch", False)).lower() == "true"
    ec2_backends[account_id][region_name].modify_subnet_attribute(subnet.id, "map_public_ip_on_launch", public)
    return subnet


def associate(cls, resource_name, cloudformation_json, account_id, region_name, **options):
    made = _associate(cls, resource_name, cloudformation_json, account_id, region_name, **options)
    ec2_backends[account_id][region_name].associate_route_table(
        route_table_id=made.route_table_id, subnet_id=made.subnet_id
    )
    return made


VPC.create_from_cloudformation_json = classmethod(make_vpc)
Subnet.create_from_cloudformation_json = classmethod(make_subnet)
SubnetRouteTableAssociation.create_from_cloudformation_json = classmethod(associate)
