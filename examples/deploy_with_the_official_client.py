"""Deploys a bundle to a mock node with the official Python client.

From the root of a clone, where the first command installs the client and the second does everything else:

    python3 -m venv target/python && target/python/bin/pip install dataiku-api-client
    cargo run -q -p project-deployer-cli -- mock-node | target/python/bin/python examples/deploy_with_the_official_client.py

The node runs on until Ctrl-C. The script reads address and key from the line that the node prints, or from
DKU_URL and DKU_API_KEY, so that it works on a node that runs already. Never give a key as an argument:
every user of the machine can read arguments.
"""

import io
import json
import os
import sys
import zipfile

import dataikuapi
from dataikuapi.dss.future import DSSFuture

PROJECT, BUNDLE = "CHURN", "v1"


def node():
    """Address and key: from the environment, or from the line that the mock node prints."""
    if "DKU_URL" in os.environ:
        return os.environ["DKU_URL"], os.environ["DKU_API_KEY"]
    started = json.loads(sys.stdin.readline() or sys.exit("the mock node did not start"))
    return started["url"], started["adminApiKey"]


def bundle():
    """A bundle of an empty project, as crates/project-deployer-testkit/README.md describes the layout."""
    files = {
        "export-manifest.json": {"projectKey": PROJECT, "bundleId": BUNDLE, "projectName": "Churn"},
        "project_config/params.json": {"projectKey": PROJECT, "name": "Churn"},
        "project_config/variables.json": {"standard": {"threshold": 0.5}, "local": {}},
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zip_file:
        for path, document in files.items():
            zip_file.writestr(path, json.dumps(document))
    archive.seek(0)
    return archive


def result_of(client, answer):
    """Nodes answer long tasks at once or with a future to wait for."""
    if "hasResult" in answer:
        return DSSFuture.from_resp(client, answer).wait_for_result()
    return answer


def main():
    client = dataikuapi.DSSClient(*node())
    print("deploying to", client.get_instance_info().node_id)
    result_of(client, client.create_project_from_bundle_archive(bundle()))
    project = client.get_project(PROJECT)
    for step in project.preload_bundle, project.activate_bundle:
        report = result_of(client, step(BUNDLE))
        if report.get("fatal"):
            sys.exit("{} failed: {}".format(step.__name__, report.get("messages")))
    for imported in project.list_imported_bundles()["bundles"]:
        if imported.get("active"):
            print(imported["bundleId"], "of", PROJECT, "is active")


if __name__ == "__main__":
    main()
