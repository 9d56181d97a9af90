#!/bin/sh
# object_store: the store in memory and the local one differ, and a rename onto itself removes the object.
#
# Software: the Rust crate object_store 0.14.2, as obstore 0.12.1 of Python has it.
# One would guess: behind one interface of put, delete, list and rename, the store in memory stands for a local folder in
#   tests: keys are flat, deleting what is absent is fine everywhere or nowhere, and a rename of an object to its
#   own name changes nothing.
# Seen: rename is "copy, then delete the source" unless a store has its own: in memory the object is gone after
#   `rename(a, a)`, without an error; the local store keeps it. To delete an absent object is an error only
#   locally. `a` keeps `a/b` from being stored locally, and once `d/e/f` was deleted its folders stay: `d/e` is
#   listed as a prefix with nothing in it, and cannot be stored.
#   A garbage collection or a change of layout that passes its tests in memory fails on a disk.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check obstore==0.12.1

cat > stores.py <<'PY'
import sys
import obstore
from obstore.store import LocalStore, MemoryStore

print("obstore", obstore.__version__, "with object_store", obstore._object_store_version)
failed = 0

def ends(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__

def expect(what, memory, local, call):
    global failed
    found = []
    for name, store in ("memory", MemoryStore()), ("local", LocalStore(name_of_folder(what), mkdir=True)):
        found.append(ends(lambda: call(store)))
    same = found == [memory, local]
    failed |= not same
    print(f"seen: {what}: in memory {found[0]}, local {found[1]}" if same
          else f"changed: {what}: {found} instead of {[memory, local]}")

def name_of_folder(what):
    return "".join(letter for letter in what if letter.isalnum())

def put(store, *keys):
    for key in keys:
        obstore.put(store, key, b"content")

def keys(store):
    return sorted(found["path"] for page in obstore.list(store) for found in page)

def rename(store):
    put(store, "a")
    obstore.rename(store, "a", "a")
    return keys(store)

def delete(store):
    obstore.delete(store, "absent")
    return "fine"

def below(store):
    put(store, "a", "a/b")
    return keys(store)

def emptied(store):
    put(store, "d/e/f")
    obstore.delete(store, "d/e/f")
    return list(obstore.list_with_delimiter(store, "d")["common_prefixes"])

def reused(store):
    emptied(store)
    put(store, "d/e")
    return keys(store)

expect("rename of `a` to `a`", [], ["a"], rename)
expect("delete of an absent object", "fine", "FileNotFoundError", delete)
expect("`a` and `a/b`", ["a", "a/b"], "GenericError", below)
expect("prefixes below `d` after `d/e/f` was deleted", [], ["d/e"], emptied)
expect("`d/e` after `d/e/f` was deleted", ["d/e"], "GenericError", reused)
sys.exit(failed)
PY
python/bin/python stores.py
