"""Drives a node with the official client, as a user who deploys by hand.

One argument: the part to play. Address, key and bundles come by environment. Prints a line per operation;
ends with an assertion where the node does not answer as the client expects.
"""

import os
import sys

import dataikuapi
from dataikuapi.dss.future import DSSFuture
from dataikuapi.utils import DataikuException

KEY = "CHURN"


def done(operation):
    print(operation, flush=True)


def administrator():
    return dataikuapi.DSSClient(os.environ["NODE_URL"], os.environ["NODE_KEY"])


def as_user(login):
    return administrator().get_user(login).get_client_as()


def refused(operation, call, reason):
    """The client raises the error of the node, with the node's message."""
    try:
        call()
    except DataikuException as error:
        assert reason in str(error), error
        done(operation + " is refused")
    else:
        raise AssertionError(operation + " is not refused")


def result_of(state):
    """A node returns results at once or as futures."""
    if "hasResult" in state:
        return DSSFuture.from_resp(administrator(), state).wait_for_result()
    return state


def create_project(client):
    with open(os.environ["BUNDLE_V1"], "rb") as archive:
        created = client.create_project_from_bundle_archive(
            archive, fail_on_missing_users_or_groups=False
        )
    assert result_of(created)["projectKey"] == KEY
    done("create a project from a bundle")
    return client.get_project(KEY)


def import_bundle(project):
    with open(os.environ["BUNDLE_V2"], "rb") as archive:
        project.import_bundle_from_stream(archive)
    assert bundle_ids(project) == ["v1", "v2"]
    done("import a second bundle")


def bundle_ids(project):
    return sorted(bundle["bundleId"] for bundle in project.list_imported_bundles()["bundles"])


def active_bundles(project):
    bundles = project.list_imported_bundles()["bundles"]
    return [bundle["bundleId"] for bundle in bundles if bundle.get("active")]


def go_live(project, bundle, scenarios=None):
    assert result_of(project.preload_bundle(bundle))["fatal"] is False
    done("preload " + bundle)
    report = result_of(project.activate_bundle(bundle, scenarios))
    assert (report["fatal"], report["messages"]) == (False, []), report
    assert active_bundles(project) == [bundle]
    done("activate " + bundle)


# The node's kind and the caller's identity.


def look_around():
    client = administrator()
    info = client.get_auth_info()
    assert info["authIdentifier"] == "admin-key" and "groups" not in info, info
    done("get the identity of the key")
    instance = client.get_instance_info()
    assert (instance.node_id, instance.node_type) == ("auto-prod", "AUTOMATION"), instance.raw
    done("get the kind of the node")
    assert client.get_licensing_status()["limits"]
    done("get the licence")
    assert client.list_project_keys() == []
    done("list projects")
    look_at_resources(client)
    change_general_settings(client)


def look_at_resources(client):
    connections = client.list_connections()
    assert connections["sql"]["type"] == "PostgreSQL", connections
    assert client.list_connections_names("all") == ["sql"]
    assert client.list_connections_names("Filesystem") == []
    done("list connections")
    created = client.create_connection("files", "Filesystem", params={"root": "/data"})
    settings = created.get_settings()
    settings.set_usability(False, "deployers")
    settings.save()
    assert client.get_connection("files").get_settings().get_raw()["allowedGroups"] == ["deployers"]
    created.delete()
    assert list(client.list_connections()) == ["sql"]
    done("create, change and delete a connection")
    environments = client.list_code_envs()
    assert [env["envName"] for env in environments] == ["py-prod"], environments
    assert client.get_code_env("PYTHON", "py-prod").get_definition()["envLang"] == "PYTHON"
    done("list code environments")
    plugins = client.list_plugins()
    assert [(plugin["id"], plugin["version"]) for plugin in plugins] == [("geo", "1.2.0")], plugins
    done("list plugins")


def change_general_settings(client):
    settings = client.get_general_settings()
    before = dict(settings.get_raw())
    settings.save()
    assert client.get_general_settings().get_raw() == before
    done("read and write the general settings")


# A deployment by hand.


def deploy():
    client = administrator()
    project = create_project(client)
    assert active_bundles(project) == []
    assert project.get_summary()["projectKey"] == KEY
    assert client.list_project_keys() == [KEY]
    go_live(project, "v1")
    import_bundle(project)
    go_live(project, "v2", {"NIGHTLY": True})
    change_scenarios(project)
    run_scenario(project)
    change_variables(project)
    change_permissions(project)
    change_settings(project)
    look_at_folders(client)
    go_live(project, "v1")
    assert project.get_scenario("NIGHTLY").get_settings().active
    done("roll back")
    remove(client, project)


def change_scenarios(project):
    scenarios = {scenario["id"]: scenario for scenario in project.list_scenarios()}
    assert scenarios["NIGHTLY"]["active"] is True, scenarios
    done("list scenarios")
    settings = project.get_scenario("NIGHTLY").get_settings()
    assert [trigger["type"] for trigger in settings.raw_triggers] == ["temporal"]
    settings.active = False
    settings.run_as = "dana"
    settings.save()
    again = project.get_scenario("NIGHTLY").get_settings()
    assert (again.active, again.run_as) == (False, "dana")
    again.active = True
    again.save()
    assert project.get_scenario("NIGHTLY").get_settings().active is True
    done("disable and enable the triggers of a scenario")


def run_scenario(project):
    scenario = project.get_scenario("NIGHTLY")
    scenario.run().wait_for_scenario_run()
    while not scenario.get_last_runs(only_finished_runs=True):
        pass
    assert scenario.get_last_finished_run().outcome == "SUCCESS"
    done("run a scenario")


def change_variables(project):
    variables = project.get_variables()
    assert variables["standard"] == {"release": "v2"}, variables
    variables["local"]["threshold"] = 0.7
    project.set_variables(variables)
    project.update_variables({"region": "eu"}, type="local")
    assert project.get_variables()["local"] == {"threshold": 0.7, "region": "eu"}
    done("read and write variables")


def change_permissions(project):
    permissions = project.get_permissions()
    permissions["permissions"].append({"group": "deployers", "readProjectContent": True})
    project.set_permissions(permissions)
    entry = project.get_permissions()["permissions"][-1]
    assert (entry["group"], entry["readProjectContent"], entry["admin"]) == ("deployers", True, False)
    done("read and write permissions")


def change_settings(project):
    settings = project.get_settings()
    remapping = {"source": "sql", "target": "sql"}
    container = settings.get_raw().setdefault("bundleContainerSettings", {})
    container["remapping"] = {"connections": [remapping], "codeEnvs": []}
    settings.save()
    written = project.get_settings().get_raw()["bundleContainerSettings"]
    assert written["remapping"]["connections"] == [remapping], written
    done("read and write settings")
    metadata = project.get_metadata()
    metadata["tags"] = ["live"]
    project.set_metadata(metadata)
    assert project.get_metadata()["tags"] == ["live"]
    done("read and write metadata")


def look_at_folders(client):
    root = client.get_root_project_folder()
    assert root.list_project_keys() == [KEY]
    live = [folder for folder in root.list_child_folders() if folder.name == "Live"][0]
    assert client.get_project_folder("live").get_path() == "/Live"
    root.move_project_to(KEY, live)
    assert client.get_project_folder("live").list_project_keys() == [KEY]
    assert client.get_project(KEY).get_project_folder().id == "live"
    done("list folders and move a project")


def remove(client, project):
    refused(
        "an absent project",
        lambda: client.get_project("ABSENT").get_summary(),
        "com.dataiku.dip.server.controllers.NotFoundException",
    )
    project.delete()
    assert client.list_project_keys() == []
    done("delete the project")


# Long tasks.


def wait_for_tasks():
    client = administrator()
    with open(os.environ["BUNDLE_V1"], "rb") as archive:
        state = client.create_project_from_bundle_archive(archive)
    future = DSSFuture.from_resp(client, state)
    assert state["alive"] and not future.has_result()
    assert [task["jobId"] for task in client.list_futures()] == [future.job_id]
    done("list futures")
    assert client.get_future(future.job_id).wait_for_result()["projectKey"] == KEY
    done("wait for a future")
    project = client.get_project(KEY)
    go_live(project, "v1")
    state = project.activate_bundle("v1")
    client.get_future(state["jobId"]).abort()
    aborted = client.get_future(state["jobId"]).get_state()
    assert (aborted["aborted"], aborted["alive"], aborted["hasResult"]) == (True, False, True)
    done("abort a future")
    refused("an unknown future", client.get_future("none").get_state, "IllegalArgumentException")


# Accounts.


def administer_accounts():
    client = administrator()
    logins = sorted(user["login"] for user in client.list_users())
    assert logins == ["admin", "dana", "gone"], logins
    assert sorted(user.login for user in client.list_users_info()) == logins
    done("list users")
    administer_groups(client)
    administer_users(client)
    administer_keys(client)
    supply_users(client)


def administer_groups(client):
    group = client.create_group("ops", description="Operations")
    definition = group.get_definition()
    assert definition["mayCreateProjects"] is False, definition
    definition["mayCreateProjects"] = True
    group.set_definition(definition)
    assert client.get_group("ops").get_definition()["mayCreateProjects"] is True
    assert "ops" in [group["name"] for group in client.list_groups()]
    done("create and change a group")


def administer_users(client):
    user = client.create_user("mina", "password-4711", display_name="Mina", groups=["ops"])
    settings = user.get_settings()
    assert "password" not in settings.get_raw(), settings.get_raw()
    settings.enabled = False
    settings.save()
    assert client.get_user("mina").get_settings().enabled is False
    refused("a disabled user", as_user("mina").get_auth_info, "mina")
    refused(
        "a login that is taken", lambda: client.create_user("mina", "password-4712"), "mina"
    )
    user.delete()
    client.get_group("ops").delete()
    assert "mina" not in [user["login"] for user in client.list_users()]
    assert "ops" not in [group["name"] for group in client.list_groups()]
    done("create, disable and delete a user")


def administer_keys(client):
    made = client.create_personal_api_key_for_user("dana", label="deployer", as_type="dict")
    owned = dataikuapi.DSSClient(os.environ["NODE_URL"], made["key"])
    assert owned.get_auth_info()["authIdentifier"] == "dana"
    assert [key.user for key in client.list_all_personal_api_keys()] == ["dana"]
    assert [key.label for key in owned.list_personal_api_keys()] == ["deployer"]
    done("create a personal key for a user")
    own = owned.create_personal_api_key(label="own", as_type="object")
    assert own.get_definition()["label"] == "own"
    own.delete()
    owned.get_personal_api_key(made["id"]).delete()
    assert client.list_all_personal_api_keys() == []
    refused("a deleted key", owned.get_auth_info, "Unknown API key")
    made = client.create_global_api_key(label="ci", admin=True)
    assert dataikuapi.DSSClient(os.environ["NODE_URL"], made.key).get_auth_info()["admin"] is True
    done("create a global key")


def supply_users(client):
    settings = client.get_ldap_settings()
    settings.save()
    found = client.start_fetch_external_users("LDAP").wait_for_result()
    assert [user["userAttributes"]["login"] for user in found] == ["ann"], found
    done("fetch users of the directory")
    client.start_provision_users("LDAP", [user["userAttributes"] for user in found]).wait_for_result()
    assert client.get_user("ann").get_settings().get_raw()["sourceType"] == "LDAP"
    client.get_user("ann").start_resync_from_supplier().wait_for_result()
    done("provision a user of the directory")


# Other users.


def deploy_as_user():
    client = as_user("dana")
    info = client.get_auth_info()
    assert (info["authIdentifier"], info["groups"]) == ("dana", ["deployers"]), info
    done("get the identity of the login")
    project = create_project(client)
    assert project.get_permissions()["owner"] == "dana"
    go_live(project, "v1")
    import_bundle(project)
    go_live(project, "v2", {"NIGHTLY": False})
    change_variables(project)
    change_permissions(project)
    refused("the list of users", client.list_users, "ForbiddenException")
    refused("the list of connections", client.list_connections, "ForbiddenException")
    assert client.list_connections_names("all") == ["sql"]
    done("list usable connections")


def come_as_stranger():
    refused("an unknown login", as_user("ghost").get_auth_info, "Unknown user: ghost")
    refused("a disabled login", as_user("gone").list_projects, "User is disabled: gone")
    stranger = dataikuapi.DSSClient(os.environ["NODE_URL"], "another-key")
    refused("an unknown key", stranger.get_auth_info, "UnauthorizedException")


PARTS = {
    part.__name__: part
    for part in (
        look_around,
        deploy,
        wait_for_tasks,
        administer_accounts,
        deploy_as_user,
        come_as_stranger,
    )
}

if __name__ == "__main__":
    PARTS[sys.argv[1]]()
