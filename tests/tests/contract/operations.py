"""Calls what `operations.json` names with the official client, one operation after the other.

One argument: the service to ask (`node`, `deployer`, `design`, `fleet` or `launchpad`), or `accounts`: those operations of
nodes that a Deployer has as well. Addresses, keys and
bundles come by environment. Prints a line of JSON per operation, and at last the ids that the service gave. Before each
operation the script announces it to the server, so that the server can record the requests of each one.
"""

import io
import json
import os
import sys
import traceback
import types
import urllib.parse
import urllib.request
import zipfile
from datetime import date

import dataikuapi
from dataikuapi.dss.future import DSSFuture
from dataikuapi.dss.projectfolder import DSSProjectFolder
from dataikuapi.utils import DataikuException

import dataikuapi.dss.admin
import dataikuapi.dss.projectdeployer
import dataikuapi.iam.settings

# The client imports the package of the nodes' own notebooks in one place, and asks it nothing here.
sys.modules["dataiku"] = types.ModuleType("dataiku")

HERE = os.path.dirname(os.path.abspath(__file__))
URL = os.environ["SERVICE_URL"]


def announce(phase, operation):
    place = "/-/%s/%s" % (phase, urllib.parse.quote(operation))
    urllib.request.urlopen(os.environ["ANNOUNCE_URL"] + place).read()


def uploading(call, bundle, *arguments, **options):
    with open(os.environ["BUNDLE_" + bundle.upper()], "rb") as archive:
        return call(archive, *arguments, **options)


def plugin_archive():
    """A plugin as a file that has a name, as opened files have."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as plugin:
        plugin.writestr("plugin.json", json.dumps({"id": "maps", "version": "0.1.0"}))
    archive.seek(0)
    archive.name = "maps.zip"
    return archive


def read(stream):
    with stream as answer:
        return answer.content


def result_of(client, state):
    """Results come at once or as futures, whichever the service likes."""
    if isinstance(state, DSSFuture):
        return state.wait_for_result()
    if "hasResult" in state:
        return DSSFuture.from_resp(client, state).wait_for_result()
    return state


def names():
    found = {
        "date": date,
        "folder": lambda name: DSSProjectFolder(found["client"], {"id": name}),
        "dataikuapi": dataikuapi,
        "noted": {},
        "plugin_archive": plugin_archive,
        "read": read,
        "result_of": result_of,
        "uploading": uploading,
    }
    if sys.argv[1] in ("node", "deployer", "design", "accounts"):
        client = dataikuapi.DSSClient(URL, os.environ["SERVICE_KEY"])
        found.update(
            auto_key=os.environ.get("AUTO_KEY", "key-of-auto"),
            auto_url=os.environ.get("AUTO_URL", "https://auto.example"),
            client=client,
            dana=client.get_user("dana").get_client_as(),
            deployer=client.get_projectdeployer(),
            project=client.get_project("CHURN"),
            file_v1=os.environ["BUNDLE_V1"],
            file_v2=os.environ["BUNDLE_V2"],
        )
    elif sys.argv[1] == "fleet":
        key = os.environ["SERVICE_KEY_ID"], os.environ["SERVICE_KEY"]
        found["fleet"] = dataikuapi.FMClientAWS(URL, *key)
    return found


def connect_launchpad(found):
    """Not every version has this client: to look for it is a part of the operation."""
    from dataikuapi.launchpad_client import LaunchpadClient

    key = os.environ["SERVICE_KEY_ID"], os.environ["SERVICE_KEY"]
    found["space"] = LaunchpadClient("space-1", *key, host=URL)


def is_absent(error):
    """Whether the client itself lacks what was called, and did not stumble over an answer."""
    if isinstance(error, ImportError):
        return (error.name or "").startswith("dataikuapi")
    if isinstance(error, AttributeError):
        owner = error.obj if isinstance(error.obj, type) else type(error.obj)
        return owner.__module__.startswith("dataikuapi") or error.obj is dataikuapi
    if isinstance(error, TypeError):
        return "unexpected keyword argument" in str(error)
    return False


def rows_of(service, table):
    if service != "accounts":
        return table[service]
    # Caller, users, groups, sources of users, keys, settings and tasks: sections of the facts.
    shared = ("3.1", "3.2", "5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "5.7", "1.9")
    rows = [row for row in table["node"] if row["facts"] in shared]
    return [dict(row, **row.get("on_service", {})) for row in rows]


def try_out(row, found):
    name = row["operation"]
    try:
        if sys.argv[1] == "launchpad" and "space" not in found:
            connect_launchpad(found)
        announce("before", name)
        exec("\n".join(row.get("before", [])), found)
        announce("call", name)
        eval(row.get("call_in", {}).get(os.environ["CLIENT_VERSION"], row["call"]), found)
        announce("after", name)
        return {"operation": name, "result": "works"}
    except Exception as error:
        announce("after", name)
        if is_absent(error):
            return {"operation": name, "result": "absent"}
        refused = isinstance(error, DataikuException) or type(error).__module__.startswith("dataikuapi")
        why = str(error) if refused else traceback.format_exc()
        return {"operation": name, "result": "refused" if refused else "broken", "why": why}


def main():
    with open(os.path.join(HERE, "operations.json")) as file:
        table = json.load(file)
    found = names()
    for row in rows_of(sys.argv[1], table):
        if row.get("call"):
            print(json.dumps(try_out(row, found)), flush=True)
    print(json.dumps({"noted": found["noted"]}), flush=True)


if __name__ == "__main__":
    main()
