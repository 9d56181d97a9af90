"""A story of three users with the official client, on `deployer serve` and three mock nodes.

Address, key and nodes come by environment. Prints a line for each step; ends with an assertion where the service does
not answer as the client and the scripts of users expect.
"""

import io
import json
import os
import zipfile

import dataikuapi
import requests
from dataikuapi.utils import DataikuException

URL = os.environ["SERVICE_URL"]
NODES = json.loads(os.environ["NODES"])
STAGES = ["Development", "Test", "Production"]


def done(step):
    print(step, flush=True)


def client_of(key):
    return dataikuapi.DSSClient(URL, key)


def refused(step, call, *parts):
    try:
        call()
    except DataikuException as error:
        assert all(part in str(error) for part in parts), error
        done(step + " is refused")
    else:
        raise AssertionError(step + " is not refused")


def bundle(name):
    files = {
        "export-manifest.json": {"projectKey": "CHURN", "bundleId": name, "projectName": "Churn"},
        "project_config/params.json": {"projectKey": "CHURN", "name": "Churn"},
        "project_config/variables.json": {"standard": {"release": name}, "local": {}},
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zip_file:
        for path, document in files.items():
            zip_file.writestr(path, json.dumps(document))
    archive.seek(0)
    return archive


def create_accounts(admin):
    for group in "releasers", "readers":
        admin.create_group(group, description=group)
    releasers = admin.get_group("releasers")
    definition = releasers.get_definition()
    assert definition["mayCreatePublishedProjects"] is False, definition
    definition["mayCreatePublishedProjects"] = True
    releasers.set_definition(definition)
    admin.create_user("dana", "not-kept-4711", display_name="Dana", groups=["releasers"])
    admin.create_user("vera", "not-kept-4712", groups=["readers"])
    refused("a login in use", lambda: admin.create_user("dana", "not-kept-4713"), "already")
    keys = [
        admin.create_personal_api_key_for_user(login, label="script", as_type="dict")["key"]
        for login in ("dana", "vera")
    ]
    done("create groups, users and personal keys")
    return [client_of(key) for key in keys]


def register_nodes(admin):
    deployer = admin.get_projectdeployer()
    assert [stage["id"] for stage in deployer.list_stages()] == STAGES
    for stage, node in zip(STAGES, NODES):
        infra = deployer.create_infra(stage.lower(), stage)
        settings = infra.get_settings()
        settings.get_raw().update(automationNodeUrl=node["url"], adminApiKey=node["adminApiKey"])
        settings.get_raw()["permissions"] = [
            {"group": "releasers", "read": True, "deploy": True, "admin": False},
            {"group": "readers", "read": stage != "Production", "deploy": False, "admin": False},
        ]
        settings.get_raw()["fieldOfLater"] = {"kept": [1, None]}
        settings.save()
        again = deployer.get_infra(infra.id).get_settings().get_raw()
        # As its administrator: scripts reach the node by what they read here.
        assert (again["automationNodeUrl"], again["adminApiKey"]) == (
            node["url"],
            node["adminApiKey"],
        ), "address and key"
        assert again["fieldOfLater"] == {"kept": [1, None]}, again
        reached = dataikuapi.DSSClient(again["automationNodeUrl"], again["adminApiKey"])
        assert reached.get_instance_info().raw["nodeType"] == "AUTOMATION"
    done("register three nodes, and reach them by what the settings say")


def publish(dana):
    deployer = dana.get_projectdeployer()
    deployer.upload_bundle(bundle("v1"))
    project = deployer.get_project("CHURN")
    settings = project.get_settings()
    assert settings.get_raw()["owner"] == "dana", settings.get_raw()
    settings.get_raw()["permissions"] = [
        {"group": "readers", "read": True, "write": False, "deploy": False, "admin": False}
    ]
    settings.save()
    deployer.upload_bundle(bundle("v2"), "CHURN")
    assert sorted(b["id"] for b in project.get_status().get_bundles()) == ["v1", "v2"]
    with project.get_bundle_stream("v1") as stream:
        assert zipfile.ZipFile(io.BytesIO(stream.content)).namelist()
    done("publish two bundles and download one")


def deploy(dana):
    """As scripts do: create or update, wait, look at the health, stop at an error."""
    deployer = dana.get_projectdeployer()
    for stage in STAGES:
        name = "churn-" + stage.lower()
        known = [deployment.id for deployment in deployer.list_deployments()]
        assert name not in known, known
        deployment = deployer.create_deployment(name, "CHURN", stage.lower(), "v1")
        wait(deployment)
    settings = deployer.get_deployment("churn-development").get_settings()
    settings.bundle_id = "v2"
    settings.save()
    wait(deployer.get_deployment("churn-development"))
    by_stage = {}
    for deployment in deployer.list_deployments():
        light = deployment.get_status().get_light()
        by_stage[light["infraBasicInfo"]["stage"]] = light["deploymentBasicInfo"]["bundleId"]
    assert by_stage == {"Development": "v2", "Test": "v1", "Production": "v1"}, by_stage
    done("deploy to three stages, update one, list by stage")


def wait(deployment):
    result = deployment.start_update().wait_for_result()
    assert result is not None
    status = deployment.get_status()
    if status.get_health() == "ERROR":
        raise AssertionError("%s: %s" % (deployment.id, status.get_health_messages()))
    last = deployment.get_update()
    assert last.status == "SUCCESS", (last.status, last.logs)
    assert last.requester == "dana", last.requester


def look(vera):
    deployer = vera.get_projectdeployer()
    seen = sorted(deployment.id for deployment in deployer.list_deployments())
    assert seen == ["churn-development", "churn-test"], seen
    refused("a hidden deployment", deployer.get_deployment("churn-production").get_status, "NotFound")
    refused("a hidden infrastructure", deployer.get_infra("production").get_status, "NotFound")
    refused("an update by a viewer", deployer.get_deployment("churn-test").start_update, "Forbidden")
    refused("settings of a viewer", deployer.get_infra("test").get_settings, "Forbidden")
    refused("the accounts", vera.list_users, "Forbidden")
    assert sorted(user.login for user in vera.list_users_info()) == ["admin", "dana", "vera"]
    done("see what a viewer may see")


def act_for_others(admin, dana):
    as_dana = admin.get_user("dana").get_client_as()
    assert as_dana.get_auth_info()["authIdentifier"] == "dana"
    refused("a login nobody has", admin.get_user("ghost").get_client_as().get_auth_info, "ghost")
    refused("another login", dana.get_user("vera").get_client_as().get_auth_info, "Forbidden")
    made = admin.create_global_api_key(label="pipeline", admin=True)
    assert client_of(made.key).get_auth_info()["admin"] is True
    own = dana.create_personal_api_key(label="own", as_type="object")
    assert "own" in [key.label for key in dana.list_personal_api_keys()]
    own.delete()
    refused("no key", client_of("pdk_0_0").get_auth_info, "Unauthorized")
    done("act for others, and keys")


def spellings(key):
    """Every reading call with and without a slash at the end, at both prefixes."""
    paths = [
        "stages", "infras", "infras/test", "infras/test/settings", "projects", "projects/CHURN",
        "projects/CHURN/settings", "deployments", "deployments/churn-test",
        "deployments/churn-test/status", "deployments/churn-test/governance-status?bundleId=",
        "deployments/churn-test/settings", "deployments/churn-test/update",
        "deployments/churn-test/last-update", "deployments/churn%2Dtest",
    ]
    for path in paths:
        path, _, query = path.partition("?")
        answers = [
            requests.get(URL + prefix + "/project-deployer/" + path + slash, query, auth=auth)
            for prefix in ("/dip/publicapi", "/public/api", "//public//api")
            for slash in ("", "/")
            for auth in ((key, ""), ("", key))
        ]
        assert {answer.status_code for answer in answers} == {200}, (path, answers)
        assert len({answer.text for answer in answers}) == 1 or "status" in path, path
    done("spell the calls in every way")


def remove(admin):
    deployer = admin.get_projectdeployer()
    refused("an infrastructure in use", deployer.get_infra("test").delete, "used by")
    for stage in STAGES:
        deployer.get_deployment("churn-" + stage.lower()).delete()
    deployer.get_project("CHURN").delete_bundle("v2")
    deployer.get_project("CHURN").delete()
    for stage in STAGES:
        deployer.get_infra(stage.lower()).delete()
    assert deployer.list_infras() == deployer.list_projects() == deployer.list_deployments() == []
    refused("the last administrator", lambda: admin.get_user("admin").delete(allow_self_deletion=True), "administrator")
    admin.get_user("vera").delete()
    done("remove everything")


def main():
    key = os.environ["SERVICE_KEY"]
    admin = client_of(key)
    dana, vera = create_accounts(admin)
    register_nodes(admin)
    publish(dana)
    deploy(dana)
    look(vera)
    act_for_others(admin, dana)
    spellings(key)
    remove(admin)


if __name__ == "__main__":
    main()
