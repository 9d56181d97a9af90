"""Makes a domain and fills it. Arguments: the administrator's password, the file of entries."""

import logging
import sys

import samba.provision
from samba.auth import system_session
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.param import LoadParm

SETTINGS = "/mnt/smb.conf"


def main(password, entries):
    # Access lists of shared folders want extended attributes of the file system, and there are no shares.
    samba.provision.setsysvolacl = lambda *arguments, **named: None
    settings = LoadParm()
    settings.load(SETTINGS)
    domain = samba.provision.provision(
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
    # One transaction: each costs more than what is written in it.
    domain.samdb.transaction_start()
    with open(entries, encoding="utf-8") as file:
        domain.samdb.modify_ldif(file.read())
    domain.samdb.transaction_commit()


main(*sys.argv[1:])
