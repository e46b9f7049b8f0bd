#!/bin/sh
# Fetches Keycloak through Maven and builds it for the tests, into var/keycloak of this checkout. Once is enough.
set -eu
cd "$(dirname "$0")/../../.."

version=26.7.3
folder=var/keycloak
home=$folder/keycloak-$version
[ -e "$folder/ready" ] && [ "$(cat "$folder/ready")" = "keycloak-$version" ] && exit 0

rm -rf "$folder"
mkdir -p "$folder"
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
  -Dartifact="org.keycloak:keycloak-quarkus-dist:$version:tar.gz" -DoutputDirectory="$PWD/$folder"
tar xzf "$folder/keycloak-quarkus-dist-$version.tar.gz" -C "$folder"
rm "$folder/keycloak-quarkus-dist-$version.tar.gz"
"$home/bin/kc.sh" build --db=dev-mem --cache=local --features-disabled=kerberos,admin,account,impersonation >"$folder/build.log"
echo "keycloak-$version" >"$folder/ready"
