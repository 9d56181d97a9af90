#!/bin/sh
# moto: an upload whose bytes do not have the digest that it names is stored, whatever the digest.
#
# Software: moto 5.2.5 (server) and boto3 1.44.8 of Python.
# One would guess: the double of S3 that most tests use checks `Content-MD5`, `x-amz-checksum-sha256`,
#   `x-amz-checksum-crc32` and `x-amz-content-sha256` as S3 does (BadDigest, XAmzContentSHA256Mismatch), since it does
#   check parts that are too small (EntityTooSmall) and conditions (412).
# Seen: all four are ignored: 200, and the bytes are stored; a HEAD afterwards does not know the checksum either. The
#   digest of a part of a multipart upload is ignored as well. So a test that breaks an upload on the way and
#   expects a refusal from the store passes only if the client itself reads the object again.
set -eu
folder=$(mktemp -d)
trap 'kill "$(cat "$folder/pid" 2>/dev/null)" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check 'moto[server,s3]==5.2.5' boto3==1.44.8 botocore==1.44.8

cat > upload.py <<'PY'
import base64, hashlib, http.client, importlib.metadata, sys
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
# The client is to add no digest of its own.
settings = Config(request_checksum_calculation="when_required", retries={"max_attempts": 0})
s3 = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1", config=settings,
                  aws_access_key_id="id", aws_secret_access_key="secret")
s3.create_bucket(Bucket="bundles")
print("moto", importlib.metadata.version("moto"))

def text(digest):
    return base64.b64encode(digest).decode()

def code(call):
    try:
        call()
        return "stored"
    except ClientError as refused:
        return refused.response["Error"]["Code"]

def put(key="a", **named):
    return lambda: s3.put_object(Bucket="bundles", Key=key, Body=b"these bytes", **named)

def unsigned():
    connection = http.client.HTTPConnection(host, port)
    header = {"x-amz-content-sha256": hashlib.sha256(b"others").hexdigest()}
    connection.request("PUT", "/bundles/b", body=b"these bytes", headers=header)
    return connection.getresponse().status

def multipart(parts, **named):
    def call():
        upload = s3.create_multipart_upload(Bucket="bundles", Key="m")["UploadId"]
        where = {"Bucket": "bundles", "Key": "m", "UploadId": upload}
        tags = [s3.upload_part(**where, PartNumber=number, Body=part, **named)["ETag"]
                for number, part in enumerate(parts, 1)]
        parts_of = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
        s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts_of})
    return call

failed = 0
def expect(what, wanted, found):
    global failed
    failed |= wanted != found
    print(f"seen: {what}: {found}" if wanted == found else f"changed: {what}: {found} instead of {wanted}")

other = hashlib.sha256(b"others").digest()
expect("wrong Content-MD5", "stored", code(put(ContentMD5=text(hashlib.md5(b"others").digest()))))
expect("wrong x-amz-checksum-sha256", "stored", code(put("c", ChecksumSHA256=text(other))))
expect("wrong x-amz-checksum-crc32", "stored", code(put(ChecksumCRC32="AAAAAA==")))
expect("wrong x-amz-content-sha256", 200, unsigned())
expect("wrong checksum of a part", "stored", code(multipart([b"these bytes"], ChecksumSHA256=text(other))))
head = s3.head_object(Bucket="bundles", Key="c", ChecksumMode="ENABLED")
expect("checksums of a stored object", [], sorted(name for name in head if name.startswith("Checksum") and name != "ChecksumType"))
expect("parts that are too small", "EntityTooSmall", code(multipart([b"one", b"two"])))
expect("If-None-Match on an object that exists", "PreconditionFailed", code(put(IfNoneMatch="*")))
server.stop()
sys.exit(failed)
PY
python/bin/python upload.py 2> errors.txt
