s|%schema_dir%|{place}/server/schema|
s|%cert_dir%|{place}/server|
s|%config_dir%|{place}/server|
s|%lock_dir%|{place}/lock|
s|%tmp_dir%|{place}/tmp|
s|%ldif_dir%|{place}/ldif|
s|%bak_dir%|{place}/backup|
s|%run_dir%|{place}/run|
s|%inst_dir%|{place}/instance|
s|%log_dir%|{place}/logs|
s|%db_dir%|{place}/db|
s|%db_home_dir%|{place}/db|
s|%fqdn%|localhost|
s|%ds_port%|389|
s|%ds_user%|root|
s|%rootdn%|{admin}|
s|%ds_passwd%|{{CLEAR}}{password}|
s|%ds_suffix%|{base}|
s|%ldapi_enabled%|off|
s|%ldapi_autobind%|off|
s|%ldapi%|/mnt/run/ldapi|
s|%db_lib%|bdb|
/^nsslapd-port:/a nsslapd-listenhost: 127.0.0.1\nnsslapd-securelistenhost: 127.0.0.1\nnsslapd-security: on\nnsslapd-secureport: 636\nnsslapd-allow-anonymous-access: {anonymous}\nnsslapd-require-secure-binds: {secure_binds}\nnsslapd-sizelimit: {size}
# Caches as large as the machine take seconds to make.
/^nsslapd-backend-implement:/a nsslapd-lookthroughlimit: -1\nnsslapd-idlistscanlimit: 2147483646\nnsslapd-cache-autosize: 0\nnsslapd-import-cache-autosize: 0\nnsslapd-import-cachesize: 20000000
