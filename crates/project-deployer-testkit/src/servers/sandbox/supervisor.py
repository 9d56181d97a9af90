"""The first process of a sandbox: prepares a server, starts it, and connects it to the host.

It holds the listening sockets that were made outside, and connects them to the server's ports in here. When it
ends, everything in the sandbox ends.
"""

import asyncio
import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys

# The call `setgroups`, by machine.
SETGROUPS = {"x86_64": 116, "aarch64": 159}

SOCKETS = (3, 4)
WANTED = 5
PAUSE = 0.01


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up = struct.pack("16sh22x", b"lo", 1)
        fcntl.ioctl(any_socket, 0x8914, up)


def leave_groups_as_they_are():
    """Lets servers set no groups, in a namespace whose user may not.

    389 Directory Server takes the refusal for an error. A filter of the kernel answers the call with success instead.
    """
    with open("/proc/self/setgroups") as file:
        number = SETGROUPS.get(os.uname().machine) if file.read().strip() == "deny" else None
    if number is None:
        return
    # Load the number of a call. If it is this one, answer 0; else let it through.
    steps = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050000), (0x06, 0, 0, 0x7FFF0000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, filtered, by_program = 38, 22, 2
    for option, value, more in [(no_new_privileges, 1, 0), (filtered, by_program, ctypes.byref(program))]:
        if libc.prctl(option, value, more, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


async def pour(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.transport.abort()


async def join(port, reader, writer):
    try:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.transport.abort()
        return
    await asyncio.gather(pour(reader, inner_writer), pour(inner_reader, writer))
    inner_writer.close()
    writer.close()


async def listening(port):
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(PAUSE)
        else:
            writer.close()
            return


async def open_to_the_world(ports):
    for port in ports:
        await listening(port)
    servers = []
    for number, port in zip(SOCKETS, ports):
        door = socket.socket(fileno=number)
        visitor = lambda reader, writer, port=port: join(port, reader, writer)
        servers.append(await asyncio.start_server(visitor, sock=door))
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def unwanted():
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    loop.add_reader(WANTED, lambda: os.read(WANTED, 1) or ended.set_result(None))
    await ended


async def keep(plan):
    server = await asyncio.create_subprocess_exec(*plan["serve"], stdin=subprocess.DEVNULL)
    tasks = [unwanted(), open_to_the_world(plan["ports"]), server.wait()]
    tasks = [asyncio.ensure_future(task) for task in tasks]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        print("ended:", task, flush=True)


def main():
    raise_loopback()
    leave_groups_as_they_are()
    with open("plan.json") as file:
        plan = json.load(file)
    for command in plan["prepare"]:
        print("+", *command, flush=True)
        subprocess.run(command, stdin=subprocess.DEVNULL, check=True)
    asyncio.run(keep(plan))
    sys.stdout.flush()
    os._exit(0)


main()
