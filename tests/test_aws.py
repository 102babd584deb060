"""The catalogue of AWS operations and its reader.

The tables repeat what events showed, not what the catalogue's own files say of them.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pytest

from conftest import ROOT
from sigmacast import aws
from sigmacast.resources import pipelines_folder

EVENTS = ROOT.parent / "shared" / "corpus" / "events"
TYPES = set("string integer float boolean timestamp blob list map structure document".split())


def operation(source: str, name: str) -> aws.Operation:
    found = aws.find_operation(f"{source}.amazonaws.com", name)
    assert found is not None, f"{source} {name}"
    return found


def at(source: str, name: str, path: str, response: bool = False) -> aws.Member | None:
    return aws.member_at(operation(source, name), path.split("."), response)


def ids(table: str) -> list[tuple[str, str]]:
    """Pairs from lines of a source and names."""
    lines = (line.split() for line in table.strip().splitlines())
    return [(source, name) for source, *names in lines for name in names]


# Which event source


@pytest.mark.parametrize(
    ("source", "name"),
    ids(
        """
        monitoring PutMetricAlarm DescribeAlarms
        logs DeleteLogGroup
        elasticloadbalancing CreateLoadBalancer ApplySecurityGroupsToLoadBalancer
        elasticloadbalancing SetSecurityGroups DescribeTargetGroups
        tagging GetResources
        ecr PutImage DescribeImages
        sagemaker CreateNotebookInstance InvokeEndpoint
        ses DeleteIdentity VerifyEmailIdentity CreateEmailIdentity
        bedrock InvokeModel DeleteGuardrail CreateAgent InvokeAgent
        s3 CreateJob GetObject
        dynamodb GetRecords PutItem
        application-insights CreateApplication
        servicecatalog-appregistry CreateApplication
        rds CreateDBInstance CreateGlobalCluster ModifyDBSnapshotAttribute
        es CreateDomain CreateElasticsearchDomain
        apigateway CreateRestApi CreateApi
        ec2-instance-connect SendSSHPublicKey
        macie2 DisableMacie
        wafv2 DeleteWebACL
        config StopConfigurationRecorder
        devops-guru ListInsights
        rolesanywhere CreateTrustAnchor
        ram CreateResourceShare
        ce GetCostAndUsage
        account EnableRegion
        notifications ListNotificationHubs
        health DescribeEvents
        sso CreatePermissionSet CreateToken GetRoleCredentials
        sso-oauth CreateToken
        route53domains TransferDomain updateDomainContact
        agreement-marketplace SearchAgreements
        lex CreateBotVersion PutBot
        memorydb CreateCluster
        appstream AssociateFleet
        """
    ),
)
def test_operation_belongs_to_the_event_source(source, name):
    assert operation(source, name).modelled


@pytest.mark.parametrize(
    "source",
    """api.ecr api.sagemaker email bedrock-agent bedrock-runtime s3-control streams.dynamodb
    applicationinsights oidc portal.sso cloudwatch stepfunctions elb""".split(),
)
def test_names_of_endpoints_and_models_are_no_event_sources(source):
    assert f"{source}.amazonaws.com" not in aws.event_sources()
    assert aws.operations(f"{source}.amazonaws.com") == {}


def test_operations_of_other_signing_names_stay_out():
    """Service Catalog's AppRegistry signs as servicecatalog, and is logged under its own name."""
    assert aws.find_operation("servicecatalog.amazonaws.com", "CreateAttributeGroup") is None


def test_sources_of_a_name():
    assert aws.sources_of("CreateTrustAnchor") == ("rolesanywhere.amazonaws.com",)
    assert aws.sources_of("UpdateFunctionCode20150331v2") == ("lambda.amazonaws.com",)
    assert "signin.amazonaws.com" in aws.sources_of("ConsoleLogin")
    assert aws.sources_of("AuthorizeCacheSecurityGroupEgress") == ()
    for name in ("CreateUser", "ListTagsForResource"):
        found = aws.sources_of(name)
        assert found == tuple(sorted(found)) and len(found) > 1
        assert all(name in aws.operations(source) for source in found)


# Names


@pytest.mark.parametrize(
    ("source", "name"),
    ids(
        """
        signin ConsoleLogin CheckMfa PasswordUpdated ExternalIdPDirectoryLogin
        signin PasswordRecoveryRequested SwitchRole ExitRole RenewRole PasswordRecoveryCompleted
        signin EmailUpdated CredentialChallenge CredentialVerification UserAuthentication
        signin GetSigninToken AssumeRole
        billingconsole GetBillsForBillingPeriod GetTotalAmountForForecast GetAlternateContact
        billingconsole GetContactInformation SetContactAddress
        ec2 SharedSnapshotVolumeCreated
        secretsmanager StartSecretVersionDelete EndSecretVersionDelete
        organizations CreateAccountResult
        sso Authenticate AssociateDirectory DisassociateDirectory
        sso EnableExternalIdPConfigurationForDirectory DisableExternalIdPConfigurationForDirectory
        sso-directory AssociateDirectory DisassociateDirectory
        sso-directory EnableExternalIdPConfigurationForDirectory
        sso-directory DisableExternalIdPConfigurationForDirectory
        s3 JobCreated GetStorageLensDashboardDataInternal
        bedrock PutFoundationModelEntitlement
        ssm UpdateInstanceInformation UpdateInstanceAssociationStatus ListInstanceAssociations
        ssm RegisterManagedInstance
        rds DescribeRecommendations DescribeRecommendationGroups
        es ListNotifications
        ec2messages SendHeartbeat
        ssmmessages CreateControlChannel
        """
    ),
)
def test_events_without_a_model_are_known(source, name):
    found = operation(source, name)
    assert not found.modelled
    assert (found.request, found.response) == ((), ())


def test_event_sources_without_a_model_are_known():
    sources = "macie cloudshell sso-directory signin billingconsole ec2messages ssmmessages"
    assert {f"{each}.amazonaws.com" for each in sources.split()} <= aws.event_sources()


@pytest.mark.parametrize(
    ("name", "known_by"),
    [
        ("GetBucketPublicAccessBlock", "bucketName"),
        ("PutBucketPublicAccessBlock", "PublicAccessBlockConfiguration.RestrictPublicBuckets"),
        ("DeleteBucketPublicAccessBlock", "bucketName"),
        ("GetAccountPublicAccessBlock", "Host"),
        ("PutAccountPublicAccessBlock", "PublicAccessBlockConfiguration.BlockPublicAcls"),
        ("DeleteAccountPublicAccessBlock", "Host"),
        ("GetBucketObjectLockConfiguration", "object-lock"),
        ("GetAccelerateConfiguration", "accelerate"),
        ("ListObjects", "list-type"),
        ("PutBucketLifecycle", "LifecycleConfiguration.Rule.Status"),
        ("GetBucketLifecycle", "lifecycle"),
        ("PutBucketEncryption", "encryption"),
        ("PutBucketReplication", "ReplicationConfiguration.Rule.Destination.Bucket"),
    ],
)
def test_other_names_of_s3(name, known_by):
    assert at("s3", name, known_by) is not None


def test_account_and_bucket_are_told_apart():
    assert at("s3", "GetAccountPublicAccessBlock", "bucketName") is None
    assert operation("s3", "GetPublicAccessBlock").event_names == (
        "GetBucketPublicAccessBlock",
        "GetAccountPublicAccessBlock",
    )
    assert operation("s3", "ListObjectsV2").event_names == ("ListObjects",)


@pytest.mark.parametrize(
    ("action", "event_names"),
    [
        ("PutLifecycleConfiguration", ("PutBucketLifecycle", "PutBucketLifecycleConfiguration")),
        ("PutEncryptionConfiguration", ("PutBucketEncryption",)),
        ("PutReplicationConfiguration", ("PutBucketReplication",)),
        ("ReplicateObject", ()),
        ("ListBucket", ("ListObjects",)),
        ("ListAllMyBuckets", ("ListBuckets",)),
    ],
)
def test_iam_actions_are_no_event_names(action, event_names):
    assert aws.find_operation("s3.amazonaws.com", action) is None
    assert aws.event_names_of_action("s3.amazonaws.com", action) == event_names
    for name in event_names:
        operation("s3", name)


def test_what_is_no_iam_action():
    assert aws.event_names_of_action("s3.amazonaws.com", "ListBuckets") is None
    assert aws.event_names_of_action("iam.amazonaws.com", "ListBucket") is None


@pytest.mark.parametrize(
    ("dated", "name"),
    [
        ("AddPermission20150331", "AddPermission"),
        ("AddPermission20150331v2", "AddPermission"),
        ("CreateFunction20150331", "CreateFunction"),
        ("DeleteFunction20150331", "DeleteFunction"),
        ("GetFunction20150331v2", "GetFunction"),
        ("ListFunctions20150331", "ListFunctions"),
        ("ListVersionsByFunction20150331", "ListVersionsByFunction"),
        ("RemovePermission20150331v2", "RemovePermission"),
        ("UpdateFunctionCode20150331", "UpdateFunctionCode"),
        ("UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
        ("UpdateFunctionConfiguration20150331v2", "UpdateFunctionConfiguration"),
    ],
)
def test_dates_of_lambda(dated, name):
    found = operation("lambda", dated)
    assert found == operation("lambda", name)
    assert dated in found.event_names and name not in found.event_names


def test_dates_are_lambdas_and_cloudfronts_only():
    assert operation("lambda", "GetFunctionCodeSigningConfig").event_names == (
        "GetFunctionCodeSigningConfig",
    )
    assert operation("cloudfront", "UpdateDistribution2020_05_31").name == "UpdateDistribution"
    assert aws.find_operation("iam.amazonaws.com", "CreateUser20150331") is None


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("iam.amazonaws.com", "createUser"),
        ("iam.amazonaws.com", "CreateUsers"),
        ("iam", "CreateUser"),
        ("", ""),
        ("nothing.amazonaws.com", "CreateUser"),
        ("elasticache.amazonaws.com", "AuthorizeCacheSecurityGroupEgress"),
        ("organizations.amazonaws.com", "DescribeOrgnanizationalUnit"),
        ("ec2.amazonaws.com", "ReplaceIamInstanceProfile"),
    ],
)
def test_unknown_names(source, name):
    assert aws.find_operation(source, name) is None


def test_retired_operations_stay_known():
    """Old interfaces are in old logs; the newest model no longer has these."""
    assert operation("lambda", "UploadFunction").deprecated
    assert operation("events", "PutRule").deprecated is False
    assert operation("s3", "PutBucketLifecycle").deprecated


# Spelling of requests and responses


@pytest.mark.parametrize(
    ("source", "name", "path", "kind"),
    [
        ("iam", "CreateUser", "userName", "string"),
        ("iam", "CreateUser", "tags.key", "string"),
        ("rds", "CreateDBInstance", "dBInstanceIdentifier", "string"),
        ("rds", "CreateDBInstance", "dBName", "string"),
        ("rds", "ModifyDBSnapshotAttribute", "valuesToAdd", "list"),
        ("cloudtrail", "PutEventSelectors", "eventSelectors.includeManagementEvents", "boolean"),
        ("ecs", "RegisterTaskDefinition", "containerDefinitions.command", "list"),
        ("ec2-instance-connect", "SendSSHPublicKey", "instanceOSUser", "string"),
        ("ec2-instance-connect", "SendSerialConsoleSSHPublicKey", "monitorMode", "boolean"),
        ("ssm", "SendCommand", "interactive", "boolean"),
        ("lambda", "UpdateFunctionCode", "fullyQualifiedArn", "document"),
        ("ce", "GetCostAndUsage", "TimePeriod.Start", "string"),
        ("devops-guru", "ListInsights", "StatusFilter.Ongoing.Type", "string"),
        ("account", "EnableRegion", "RegionName", "string"),
        ("account", "EnableRegion", "regionName", "string"),
        ("resource-explorer-2", "Search", "QueryString", "string"),
        ("apigateway", "CreateStage", "createStageInput.stageName", "string"),
        ("apigateway", "CreateStage", "restApiId", "string"),
    ],
)
def test_request_members(source, name, path, kind):
    found = at(source, name, path)
    assert found is not None and found.type == kind


@pytest.mark.parametrize(
    ("source", "name", "path"),
    [
        ("iam", "CreateUser", "UserName"),
        ("iam", "CreateUser", "username"),
        ("rds", "CreateDBInstance", "dbName"),
        ("ce", "GetCostAndUsage", "timePeriod"),
        ("ec2", "DescribeInstances", "instanceIds"),
        ("ec2", "RunInstances", "imageId"),
        ("ec2", "CreateFlowLogs", "resourceType"),
        ("s3", "GetObject", "bucket"),
        ("s3", "GetObject", "Key"),
        ("iam", "CreateUser", "userName.first"),
    ],
)
def test_other_spellings_are_unknown(source, name, path):
    assert at(source, name, path) is None


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("DescribeInstances", "instancesSet.items.instanceId"),
        ("DescribeInstances", "filterSet.items.valueSet.items.value"),
        ("StopInstances", "instancesSet.items.instanceId"),
        ("RunInstances", "instancesSet.items.imageId"),
        ("RunInstances", "instancesSet.items.minCount"),
        ("RunInstances", "instancesSet.items.maxCount"),
        ("RunInstances", "groupSet.items.groupId"),
        ("RunInstances", "blockDeviceMapping.items.ebs.volumeSize"),
        ("RunInstances", "networkInterfaceSet.items.subnetId"),
        ("RunInstances", "tagSpecificationSet.items.tags.key"),
        ("RunInstances", "monitoring.enabled"),
        ("CreateTags", "resourcesSet.items.resourceId"),
        ("CreateTags", "tagSet.items.value"),
        ("DescribeSecurityGroups", "securityGroupSet.items.groupName"),
        ("DescribeSecurityGroups", "securityGroupIdSet.items.groupId"),
        ("DescribeImages", "ownersSet.items.owner"),
        ("DescribeImages", "executableBySet.items"),
        ("DescribeSnapshots", "sharedUsersSet.items.user"),
        ("DescribeSnapshots", "ownersSet.items.owner"),
        ("AssignPrivateIpAddresses", "privateIpAddressesSet.items.privateIpAddress"),
        ("DescribeAccountAttributes", "accountAttributeNameSet.items.attributeName"),
        ("DescribeAddresses", "allocationIdsSet.items.allocationId"),
        ("DescribeAddresses", "publicIpsSet.items.publicIp"),
        ("DescribeRouteTables", "routeTableIdSet.items.routeTableId"),
        ("AuthorizeSecurityGroupIngress", "ipPermissions.items.ipRanges.items.cidrIp"),
        ("AuthorizeSecurityGroupIngress", "ipPermissions.items.groups.items.groupId"),
        ("CreateSecurityGroup", "groupDescription"),
        ("CreateVolume", "zone"),
        ("CreateNetworkAclEntry", "aclProtocol"),
        ("CreateNetworkAclEntry", "portRange.from"),
        ("ModifyImageAttribute", "launchPermission.add.items.userId"),
        ("ModifyImageAttribute", "attributeType"),
        ("ModifyInstanceAttribute", "disableApiTermination.value"),
        ("DescribeVpcClassicLink", "vpcSet.item.vpcId"),
        ("DescribeClassicLinkInstances", "instancesSet.item.instanceId"),
        ("CreateFlowLogs", "CreateFlowLogsRequest.ResourceId.content"),
        ("CreateNatGateway", "CreateNatGatewayRequest.SubnetId"),
        ("DescribeInstanceTypes", "DescribeInstanceTypesRequest.Filter.Value.content"),
        ("DescribeInstanceTypes", "DescribeInstanceTypesRequest.Filter.tag"),
        ("EnableSerialConsoleAccess", "EnableSerialConsoleAccessRequest"),
        ("CreateVpcEndpoint", "CreateVpcEndpointRequest.TagSpecification.Tag.Value"),
        (
            "ModifySecurityGroupRules",
            "ModifySecurityGroupRulesRequest.SecurityGroupRule.SecurityGroupRule.CidrIpv4",
        ),
    ],
)
def test_requests_of_ec2(name, path):
    found = at("ec2", name, path)
    assert found is not None and not found.assumed


@pytest.mark.parametrize("path", ["instancesSet.items.0.instanceId", "instancesSet.items.12"])
def test_a_position_in_a_list_may_be_named(path):
    found = at("ec2", "DescribeInstances", path)
    assert found is not None
    assert found.type == ("string" if path.endswith("Id") else "structure")


def test_assumed_spellings_say_so_down_to_the_leaf():
    seen = at("ec2", "CreateFlowLogs", "CreateFlowLogsRequest.LogGroupName")
    unseen = at("ec2", "AcceptAddressTransfer", "AcceptAddressTransferRequest.Address")
    assert seen is not None and not seen.assumed
    assert unseen is not None and unseen.assumed


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("PutObject", "bucketName"),
        ("PutObject", "key"),
        ("PutObject", "Host"),
        ("PutObject", "x-amz-acl"),
        ("PutObject", "x-amz-server-side-encryption"),
        ("PutBucketAcl", "acl"),
        ("PutBucketAcl", "AccessControlPolicy.AccessControlList.Grant.Grantee.URI"),
        ("PutBucketAcl", "AccessControlPolicy.AccessControlList.Grant.Grantee.xsi:type"),
        ("GetBucketPolicy", "policy"),
        ("GetBucketPolicyStatus", "policyStatus"),
        ("GetBucketCors", "cors"),
        ("GetBucketEncryption", "encryption"),
        ("GetBucketLifecycle", "lifecycle"),
        ("GetBucketLocation", "location"),
        ("GetBucketLogging", "logging"),
        ("GetBucketPublicAccessBlock", "publicAccessBlock"),
        ("GetBucketObjectLockConfiguration", "object-lock"),
        ("GetBucketReplication", "replication"),
        ("GetBucketRequestPayment", "requestPayment"),
        ("GetBucketTagging", "tagging"),
        ("GetBucketVersioning", "versioning"),
        ("GetBucketWebsite", "website"),
        ("GetAccelerateConfiguration", "accelerate"),
        ("ListObjects", "list-type"),
        ("ListObjects", "encoding-type"),
        ("ListObjects", "continuation-token"),
        ("PutBucketLifecycle", "LifecycleConfiguration"),
        ("PutBucketTagging", "Tagging.TagSet.Tag.Value"),
        ("PutBucketPolicy", "bucketPolicy.Statement.Effect"),
        ("CreateBucket", "CreateBucketConfiguration.LocationConstraint"),
    ],
)
def test_requests_of_s3(name, path):
    found = at("s3", name, path)
    assert found is not None and not found.assumed


@pytest.mark.parametrize(
    ("source", "name", "path", "kind"),
    [
        ("iam", "CreateUser", "user.userName", "string"),
        ("iam", "CreateAccessKey", "accessKey.accessKeyId", "string"),
        ("rds", "CreateDBInstance", "dBInstanceArn", "string"),
        ("rds", "CreateDBInstance", "pendingModifiedValues.masterUserPassword", "string"),
        ("rds", "ModifyDBSnapshotAttribute", "dBSnapshotAttributes.attributeValues", "list"),
        ("sts", "AssumeRole", "credentials.accessKeyId", "string"),
        ("secretsmanager", "CreateSecret", "arn", "string"),
        ("ec2", "RunInstances", "instancesSet.items.instanceId", "string"),
        ("ec2", "StopInstances", "requestId", "string"),
        ("ec2", "ModifyInstanceAttribute", "_return", "boolean"),
        (
            "ec2",
            "CreateNatGateway",
            "CreateNatGatewayResponse.natGateway.natGatewayAddressSet.item.allocationId",
            "string",
        ),
        (
            "ec2",
            "EnableSerialConsoleAccess",
            "EnableSerialConsoleAccessResponse.serialConsoleAccessEnabled",
            "boolean",
        ),
    ],
)
def test_response_members(source, name, path, kind):
    found = at(source, name, path, response=True)
    assert found is not None and found.type == kind


def test_results_of_rds_have_no_wrapper_and_those_of_iam_have():
    assert at("rds", "CreateDBInstance", "dBInstance", response=True) is None
    assert at("iam", "CreateUser", "userName", response=True) is None


def test_services_of_one_event_source_are_one():
    """RDS, DocumentDB and Neptune each have a model of this operation, with other members."""
    names = {member.name for member in operation("rds", "CreateDBInstance").request}
    assert {"allocatedStorage", "dBClusterIdentifier", "promotionTier"} <= names
    required = {m.name for m in operation("rds", "CreateDBInstance").request if m.required}
    assert required == {"dBInstanceIdentifier", "dBInstanceClass", "engine"}


# Members


def test_required_sensitive_and_values():
    password = at("iam", "CreateLoginProfile", "password")
    assert password is not None and password.sensitive
    name = at("iam", "CreateRole", "roleName")
    assert name is not None and name.required and not name.sensitive
    status = at("iam", "UpdateAccessKey", "status")
    assert status is not None and {"Active", "Inactive"} <= set(status.enum)
    kind = at("ec2", "ModifyInstanceAttribute", "instanceType.value")
    assert kind is not None and kind.enum == ()


def test_elements_of_lists_and_maps():
    tags = at("iam", "CreateUser", "tags")
    assert tags is not None and tags.type == "list" and tags.members == ()
    assert tags.element is not None
    assert [member.name for member in tags.element.members] == ["key", "value"]
    tags = at("lambda", "CreateFunction20150331", "tags")
    assert tags is not None and tags.type == "map" and tags.is_open
    assert tags.element is not None and tags.element.type == "string"
    name = at("iam", "CreateUser", "userName")
    assert name is not None and name.element is None and name.members == ()


@pytest.mark.parametrize(
    ("source", "name", "path", "ends_at", "kind"),
    [
        ("lambda", "CreateFunction", "tags.lambda-console:blueprint", None, "string"),
        ("lambda", "CreateFunction", "tags.a.b", "tags", "map"),
        (
            "s3",
            "PutBucketPolicy",
            "bucketPolicy.Statement.Principal.AWS",
            "bucketPolicy",
            "document",
        ),
        ("iam", "PutUserPolicy", "policyDocument.Statement", "policyDocument", "string"),
        ("lambda", "UpdateFunctionCode", "fullyQualifiedArn.arnPrefix", None, "document"),
    ],
)
def test_the_walk_ends_at_free_contents(source, name, path, ends_at, kind):
    found = at(source, name, path)
    assert found is not None and found.type == kind
    assert ends_at is None or found.name == ends_at


def test_an_empty_path_names_nothing():
    assert aws.member_at(operation("iam", "CreateUser"), ()) is None


def test_recursive_shapes_end():
    path = "Filter.And.Or.Not.And.Dimensions.Key"
    found = at("ce", "GetCostAndUsage", path)
    assert found is not None and found.type == "string"


@pytest.mark.parametrize(
    ("source", "name", "reads"),
    [
        ("iam", "ListUsers", True),
        ("ec2", "DescribeInstances", True),
        ("cloudtrail", "LookupEvents", True),
        ("s3", "HeadBucket", True),
        ("ecr", "BatchGetImage", True),
        ("sts", "AssumeRole", True),
        ("kms", "Decrypt", True),
        ("kms", "Encrypt", True),
        ("kms", "GenerateDataKey", True),
        ("bedrock", "InvokeModel", True),
        ("sts", "GetFederationToken", False),
        ("iam", "CreateUser", False),
        ("s3", "PutObject", False),
        ("signin", "ConsoleLogin", False),
        ("lambda", "UpdateFunctionCode20150331v2", False),
    ],
)
def test_read_only(source, name, reads):
    assert aws.is_read_only(operation(source, name)) is reads


# The file


def test_importing_reads_nothing():
    code = "from sigmacast import aws; print(aws._load.cache_info().currsize)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "0"


def test_one_event_source_is_read_alone():
    code = (
        "from sigmacast import aws; aws.find_operation('iam.amazonaws.com', 'CreateUser');"
        "aws.find_operation('iam.amazonaws.com', 'DeleteUser'); print(aws._load.cache_info())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "misses=2" in run.stdout, "the index and iam"


def test_every_operation_can_be_read():
    shallow = 0
    for source in aws.event_sources():
        operations = aws.operations(source)
        for name, each in operations.items():
            assert each.name == name and each.source == source
            for member in (*each.request, *each.response):
                assert member.type in TYPES
                shallow += len(member.members) + (member.element is not None)
        assert len(operations) == len(set(operations))
    assert shallow > 20_000


def test_the_zip_carries_its_origin_and_licenses():
    path = pipelines_folder() / aws.CATALOGUE
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert "Apache License" in archive.read("LICENSE").decode()
        notice = archive.read("NOTICE").decode()
    lines = [line for line in notice.splitlines() if line.startswith("Copyright 2012-")]
    ours = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert lines and all(line in ours for line in lines)
    about = aws.about()
    assert about["source"] == "botocore" and f"botocore {about['version']}" in ours
    assert path.stat().st_size < 1_500_000


def test_the_zip_is_made_again_alike(tmp_path, monkeypatch):
    """Contents are compared: zlib's versions pack the same contents in other bytes."""
    pinned = aws.about()["version"]
    try:
        installed = version("botocore")
    except PackageNotFoundError:
        pytest.skip("botocore is not installed (make aws-catalogue installs it)")
    if installed != pinned:
        pytest.skip(f"botocore is {installed}; the catalogue was made from {pinned}")
    monkeypatch.syspath_prepend(ROOT / "tools")
    archive = importlib.import_module("aws_catalogue.archive")
    files = archive.catalogue()
    assert archive.saved(pipelines_folder() / aws.CATALOGUE) == files
    for name in ("one.zip", "two.zip"):
        archive.save(tmp_path / name, files)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


# Real events


def records() -> Iterator[dict[str, Any]]:
    for path in sorted(EVENTS.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        yield from found if isinstance(found, list) else found.get("Records", [found])


@pytest.mark.skipif(not EVENTS.is_dir(), reason="the corpus of events is not here")
def test_events_of_the_corpus_are_explained():
    known, unknown = 0, set()
    for record in records():
        source, name = record["eventSource"], record["eventName"]
        found = aws.find_operation(source, name)
        assert found is not None, f"{source} {name}"
        assert name in found.event_names
        if "readOnly" in record:
            assert aws.is_read_only(found) == (str(record["readOnly"]).lower() == "true"), name
        for key in (record.get("requestParameters") or {}) if found.modelled else ():
            if aws.member_at(found, [key]) is None:
                unknown.add((source, name, key))
            else:
                known += 1
    assert known > 0
    assert len(unknown) <= known * 0.05, sorted(unknown)
