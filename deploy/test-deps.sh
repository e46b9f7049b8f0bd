#!/bin/sh
# Installs into the system what some tests need: curl, a browser, Java and Maven, a SAML identity provider
# (simplesamlphp) and service provider (Shibboleth) from Debian, Keycloak through Maven.
# Debian's packages start no service while this runs.
set -eu
cd "$(dirname "$0")/.."

give_up() { echo "mutua: $1" >&2; exit 1; }

missing=
command -v curl >/dev/null || missing="$missing curl"
command -v chromium >/dev/null || missing="$missing chromium fonts-noto-cjk"
command -v java >/dev/null || missing="$missing default-jre-headless"
command -v mvn >/dev/null || missing="$missing maven"
command -v php >/dev/null || missing="$missing php-cli php-xml php-mbstring"
[ -d /usr/share/simplesamlphp ] || missing="$missing simplesamlphp"
command -v shibd >/dev/null || missing="$missing libapache2-mod-shib shibboleth-sp-utils"
command -v xmlsec1 >/dev/null || missing="$missing xmlsec1"

if [ -n "$missing" ]; then
  command -v apt-get >/dev/null || give_up "these are missing and apt-get isn't there:$missing"
  root=
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || give_up "root is needed to install:$missing"
    root=sudo
  fi
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null
    $root chmod 755 "$policy"
    trap '$root rm -f "$policy"' EXIT
  fi
  $root apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $root apt-get install -qq -y --no-install-recommends $missing >/dev/null
fi

if [ -x tests/identity/keycloak/fetch.sh ]; then
  tests/identity/keycloak/fetch.sh
fi
echo "Everything that the tests need is here."
