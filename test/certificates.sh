# certificates.sh - the certificates that test/servers.sh gives its servers, and those that a client must refuse; it reads
# this file.  Each has a .pem and a .key: the authorities ca and other-ca; good, expired, wrong-host and other, of servers;
# client, of the account dusq_cert.

# certificate NAME CA SUBJECT EXTENSION OPTION... - NAME.pem and NAME.key in the directory, signed by CA
certificate()
{
  name=$1 ca=$2 subject=$3 extension=$4
  shift 4
  echo "$extension" >"$name.ext" &&
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$subject" -keyout "$name.key" \
      -out "$name.csr" -config openssl.cnf &&
    openssl ca -batch -notext -config openssl.cnf -cert "$ca.pem" -keyfile "$ca.key" -in "$name.csr" \
      -out "$name.pem" -extfile "$name.ext" "$@"
}

authority()
{
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=dusq test $1" -days 3650 \
    -keyout "$1.key" -out "$1.pem" -config openssl.cnf -extensions authority
}

certificates()
{
  here='subjectAltName=DNS:localhost,IP:127.0.0.1'
  : >index && cat >openssl.cnf <<'CNF' &&
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[ca]
default_ca = default
[default]
database = index
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
default_days = 3650
policy = any
[any]
commonName = supplied
CNF
    authority ca && authority other-ca &&
    certificate good ca localhost "$here" &&
    certificate expired ca localhost "$here" -startdate 20200101000000Z -enddate 20200201000000Z &&
    certificate wrong-host ca elsewhere.invalid 'subjectAltName=DNS:elsewhere.invalid' &&
    certificate other other-ca localhost "$here" &&
    certificate client ca dusq_cert 'extendedKeyUsage=clientAuth'
}

make_certificates()
{
  have openssl || die 'openssl was not found (Debian, Ubuntu: the package openssl)'
  mkdir "$place/tls" || die "cannot make $place/tls"
  (cd "$place/tls" && OPENSSL_CONF=/dev/null && export OPENSSL_CONF && certificates >log 2>&1 &&
    rm -f ./*.csr ./*.ext index* && chmod 644 ./*.pem && chmod 711 . &&
    chown "$owner" good.key expired.key wrong-host.key other.key) ||
    { cat "$place/tls/log" >&2; die 'openssl made no certificates'; }
}
