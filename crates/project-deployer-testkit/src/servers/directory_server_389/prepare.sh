set -eu
cd /mnt
mkdir -p server/schema lock ldif backup instance logs db
cp /etc/dirsrv/config/slapd-collations.conf /etc/dirsrv/config/certmap.conf server
cp /etc/dirsrv/schema/99user.ldif server/schema
sed -f settings.sed /usr/share/dirsrv/data/template-dse.ldif >server/dse.ldif
cat backends.ldif >>server/dse.ldif
certutil -N -d server --empty-password
certutil -A -d server -n authority -t CT,, -i ca.pem
openssl pkcs12 -export -in server.pem -inkey server.key -name Server-Cert -passout pass: -out server.p12
pk12util -d server -i server.p12 -W ''
