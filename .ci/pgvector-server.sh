#!/usr/bin/env bash
# A PostgreSQL server with pgvector for the tests, without installing anything.
#
#   .ci/pgvector-server.sh
#
# Nothing to do when SLUICE_TEST_PGVECTOR names a server, or when the installed PostgreSQL has the extension. Else, on Debian as root, PostgreSQL 17 and
# pgvector of Debian 13 are fetched and unpacked into ~/.cache/sluice-tests/pgvector, once (40 MB to fetch, 190 MB on disk): the tests start them there in a
# changed root. Where that cannot be done it says so and ends with 1; the tests that need the server then fail with the same advice.
set -euo pipefail

say() { echo "sluice: $*" >&2; }

advice="The pgvector tests need a PostgreSQL with pgvector. Install one (Debian 13, Ubuntu: apt-get install postgresql postgresql-17-pgvector), or name one: \
SLUICE_TEST_PGVECTOR=postgres://USER:PASSWORD@HOST:PORT/DATABASE, with a user that may create schemas and the extension."

[ -z "${SLUICE_TEST_PGVECTOR:-}" ] || exit 0
for control in /usr/share/postgresql/*/extension/vector.control; do
  version=$(basename "$(dirname "$(dirname "$control")")")
  [ ! -x "/usr/lib/postgresql/$version/bin/initdb" ] || exit 0
done

home=${XDG_CACHE_HOME:-$HOME/.cache}/sluice-tests/pgvector
[ ! -f "$home/complete" ] || exit 0

# Before Debian 13 there is no such package: its own are fetched beside, signed by the key that this system trusts already.
key=/usr/share/keyrings/debian-archive-keyring.gpg
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1 || [ ! -f "$key" ] || [ "$(dpkg --print-architecture)" != amd64 ]; then
  say "no pgvector: fetching it takes root on Debian for amd64. $advice"
  exit 1
fi

# One at a time; who waited finds it done.
mkdir -p "$home"
if command -v flock >/dev/null 2>&1; then
  exec 9>"$home/lock"
  flock 9
  [ ! -f "$home/complete" ] || exit 0
fi

mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -E '/debian/?$' | head -n 1 || true)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists/partial,cache/archives/partial,debs,root}
: >"$work/status"
echo "deb [signed-by=$key] ${mirror:-https://deb.debian.org/debian} trixie main" >"$work/sources.list"
options=(-q -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/nonexistent -o "Dir::State::lists=$work/lists"
  -o "Dir::Cache=$work/cache" -o "Dir::State::status=$work/status" -o APT::Sandbox::User=root)
packages=(postgresql-17 postgresql-client-17 postgresql-17-pgvector dash tzdata libc-bin libc6 libgcc-s1 libstdc++6 libpq5 libssl3t64 libicu76 libldap2 libsasl2-2
  libxml2 liblz4-1 libzstd1 liblzma5 zlib1g libpam0g libaudit1 libcap-ng0 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libkeyutils1 libcom-err2
  libsystemd0 libcap2 libgcrypt20 libgpg-error0 libuuid1 libxslt1.1 libreadline8t64 libtinfo6 libxxhash0 libselinux1 libpcre2-8-0 libnuma1 libffi8 libedit2
  libbsd0 libmd0)

say "fetching PostgreSQL 17 with pgvector for the tests (once, 40 MB)"
if ! { apt-get "${options[@]}" update && cd "$work/debs" && apt-get "${options[@]}" download "${packages[@]}"; } >"$work/log" 2>&1; then
  tail -n 20 "$work/log" >&2
  say "PostgreSQL with pgvector could not be fetched; see above. $advice"
  exit 1
fi
for package in "$work"/debs/*.deb; do
  dpkg -x "$package" "$work/root"
done

root=$work/root
for folder in bin sbin lib lib64; do
  [ -e "$root/$folder" ] || ln -s "usr/$folder" "$root/$folder"
done
mkdir -p "$root"/{etc,tmp,dev/shm,proc,pg}
chmod 755 "$root"
chmod 1777 "$root/tmp" "$root/dev/shm"
echo 'postgres:x:26:26::/pg:/bin/sh' >"$root/etc/passwd"
echo 'postgres:x:26:' >"$root/etc/group"
chown 26:26 "$root/pg"
if ! { mknod -m 666 "$root/dev/null" c 1 3 && mknod -m 666 "$root/dev/urandom" c 1 9 && chroot --userspec=26:26 "$root" /usr/lib/postgresql/17/bin/postgres --version; } >/dev/null 2>"$work/log"; then
  cat "$work/log" >&2
  say "PostgreSQL cannot be run in a changed root here; see above. $advice"
  exit 1
fi

# Moved into place whole: an interrupted fetch leaves nothing half done.
rm -rf "$home/root"
mv "$root" "$home/root"
touch "$home/complete"
