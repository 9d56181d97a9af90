"""Writes one bundle in each of the ways of Python's zipfile. The name of an archive that gets a note says so."""

import os
import shutil
import sys
import zipfile
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

FILES = {
    "export-manifest.json": '{"projectKey": "CHURN", "bundleId": "v1"}',
    "project_config/params.json": '{"projectKey": "CHURN"}',
    "data/caf\u00e9.csv": "id,name\n1,one\n2,two\n",
    "data/empty": "",
}


class Stream:
    """A file that cannot seek."""

    def __init__(self, path):
        self.file = open(path, "wb")

    def write(self, data):
        return self.file.write(data)

    def flush(self):
        self.file.flush()


def write(target, method, wide=False, mode="w"):
    with ZipFile(target, mode, method) as zip:
        for name, text in FILES.items():
            info = ZipInfo(name)
            info.compress_type = method
            with zip.open(info, "w", force_zip64=wide) as entry:
                entry.write(text.encode())


def main(place):
    def at(name):
        return os.path.join(place, name + ".zip")

    write(at("python-deflated"), ZIP_DEFLATED)
    write(at("python-stored"), ZIP_STORED)
    write(at("python-wide"), ZIP_DEFLATED, wide=True)
    write(at("python-wide-stored"), ZIP_STORED, wide=True)
    write(Stream(at("python-stream")), ZIP_DEFLATED)
    write(Stream(at("noted-python-stream-stored")), ZIP_STORED)
    write(Stream(at("noted-python-stream-wide")), ZIP_DEFLATED, wide=True)
    write(at("python-appended"), ZIP_DEFLATED)
    with ZipFile(at("python-appended"), "a") as zip:
        zip.writestr("data/more", "more")
        zip.comment = "caf\u00e9".encode()
    with ZipFile(at("python-directories"), "w") as zip:
        zip.writestr(ZipInfo("project_config/"), "")
        for name, text in FILES.items():
            zip.writestr(name, text)
    tree = os.path.join(place, "python-tree")
    for name, text in FILES.items():
        path = os.path.join(tree, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    shutil.make_archive(os.path.join(place, "python-make-archive"), "zip", tree)


main(sys.argv[1])
