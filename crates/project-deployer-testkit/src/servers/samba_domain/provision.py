"""Makes a domain, or fills one with entries.

Arguments: `make` and the administrator's password, or `fill` and the file of entries.
"""

import logging
import sys

import samba.provision
from samba.auth import system_session
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.param import LoadParm
from samba.samdb import SamDB

SETTINGS = "/mnt/smb.conf"


def make(settings, password):
    # Access lists of shared folders want extended attributes of the file system, and there are no shares.
    samba.provision.setsysvolacl = lambda *arguments, **named: None
    samba.provision.provision(
        logging.getLogger(),
        system_session(settings),
        smbconf=SETTINGS,
        targetdir="/mnt/domain",
        lp=settings,
        realm="EXAMPLE.TEST",
        domain="EXAMPLE",
        serverrole="dc",
        hostname="dc1",
        hostip="127.0.0.1",
        dns_backend="NONE",
        dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2,
        adminpass=password,
        use_rfc2307=True,
    )


def fill(settings, entries):
    domain = SamDB(session_info=system_session(settings), lp=settings)
    # One transaction: each costs more than what is written in it.
    domain.transaction_start()
    with open(entries, encoding="utf-8") as file:
        domain.modify_ldif(file.read())
    domain.transaction_commit()


def main(task, argument):
    settings = LoadParm()
    settings.load(SETTINGS)
    {"make": make, "fill": fill}[task](settings, argument)


main(*sys.argv[1:])
