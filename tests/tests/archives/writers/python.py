"""Writes one bundle in each of the ways of Python's zipfile, and prints a line for each archive."""

import os
import platform
import shutil
import sys
import zipfile
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

FILES = {
    "export-manifest.json": '{"bundleId": "v1", "originalProjectKey": "CHURN"}',
    "project_config/params.json": '{"name": "Churn"}',
    "data/caf\u00e9.csv": "id,name\n" + 100 * "1,one\n2,two\n",
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


def write(target, method, wide=False, mode="w", names=FILES):
    with ZipFile(target, mode, method) as zip:
        for name in names:
            info = ZipInfo(name)
            info.compress_type = method
            with zip.open(info, "w", force_zip64=wide) as entry:
                entry.write(FILES[name].encode())


def main(place):
    def at(name, mode):
        print("python-" + name, "Python `zipfile`", platform.python_version(), mode, sep="\t")
        return os.path.join(place, "python-" + name + ".zip")

    write(at("deflated", "file, deflated"), ZIP_DEFLATED)
    write(at("stored", "file, stored"), ZIP_STORED)
    write(at("wide", "file, `force_zip64`"), ZIP_DEFLATED, wide=True)
    write(at("wide-stored", "file, stored, `force_zip64`"), ZIP_STORED, wide=True)
    write(Stream(at("stream", "stream, deflated")), ZIP_DEFLATED)
    write(Stream(at("stream-stored", "stream, stored")), ZIP_STORED)
    write(Stream(at("stream-wide", "stream, `force_zip64`")), ZIP_DEFLATED, wide=True)
    write(at("bzip2", "file, bzip2"), ZIP_BZIP2)
    write(at("lzma", "file, LZMA"), ZIP_LZMA)
    appended = at("appended", "file, appended to, with a comment")
    write(appended, ZIP_DEFLATED)
    with ZipFile(appended, "a") as zip:
        zip.writestr("data/more", "more")
        zip.comment = "caf\u00e9".encode()
    twice = at("twice", "file, one name written twice")
    write(twice, ZIP_DEFLATED)
    with open(os.devnull, "w") as sys.stderr, ZipFile(twice, "a") as zip:
        zip.writestr("project_config/params.json", "{}")
    with ZipFile(at("directories", "file, with directories"), "w") as zip:
        zip.writestr(ZipInfo("project_config/"), "")
        for name, text in FILES.items():
            zip.writestr(name, text)
    tree = os.path.join(place, "python-tree")
    for name, text in FILES.items():
        path = os.path.join(tree, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    shutil.make_archive(at("make-archive", "`shutil.make_archive`")[: -len(".zip")], "zip", tree)


main(sys.argv[1])
