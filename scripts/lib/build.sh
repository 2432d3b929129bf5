# shellcheck shell=bash
# Finding the .NET SDK and building Release once.

readonly DOTNET_MAJOR=10
# What was built last: the sources' fingerprint, in a file per target. A whole build is good for the fabric too.
readonly STAMP_DIR=$ROOT/obj
# shellcheck disable=SC2034 # used by the scripts that source this
readonly BUILD_FABRIC=Fabric.slnf BUILD_ALL=Voxeltron.sln
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

require_dotnet() {
  local dir
  for dir in "${DOTNET_ROOT:-}" "${HOME:-/root}/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
    if ! have dotnet && [[ -n $dir && -x $dir/dotnet ]]; then
      PATH=$dir:$PATH
    fi
  done
  have dotnet || die "the .NET SDK is missing: install version $DOTNET_MAJOR from https://dotnet.microsoft.com/download and run this again"
  if ! dotnet --list-sdks | cut -d. -f1 | grep -qx "$DOTNET_MAJOR"; then
    die "the .NET SDK $DOTNET_MAJOR is missing (found: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')): install it from https://dotnet.microsoft.com/download"
  fi
}

# Name, size and time of every file a build reads: tells whether one is due without asking MSBuild, which takes seconds.
source_fingerprint() {
  (
    cd "$ROOT" || exit
    find . \( -name bin -o -name obj -o -name .git -o -name '.voxeltron*' -o -name TestResults -o -name node_modules \) -prune \
      -o -type f \( -path './src/*' -o -path './db/*' -o -path './tests/*' -o -path './samples/*' -o -path './*.props' -o -path './*.targets' -o -path './*.sln' -o -path './*.slnf' \
      -o -path './.editorconfig' \) -exec stat -c '%n %s %Y' {} + | LC_ALL=C sort | sha256sum | cut -d' ' -f1
  )
}

# build_is_due TARGET FINGERPRINT
build_is_due() {
  local stamp
  for stamp in "$STAMP_DIR/$1.stamp" "$STAMP_DIR/$BUILD_ALL.stamp"; do
    if [[ -f $stamp && $(cat "$stamp") == "$2" ]]; then
      return 1
    fi
  done
}

# build_release TARGET LOG: what a fabric needs (BUILD_FABRIC), or that and the tests (BUILD_ALL). Analyzers are the
# developer's and the build server's business: they double the time and change no byte of the output.
build_release() {
  local target=$1 log=$2 fingerprint
  mkdir -p "$STAMP_DIR"
  if have flock; then
    exec 8>"$ROOT/obj/build.lock"
    flock 8
  fi
  # Before the build: a file changed while it runs makes the next one due.
  fingerprint=$(source_fingerprint)
  if build_is_due "$target" "$fingerprint"; then
    if any_running; then
      # A build writes over the files they run from.
      say "sources changed: stopping the fabric's processes; scripts/up starts them again"
      stop_processes
    fi
    say "building (Release); the first time takes a minute or two"
    if ! dotnet build "$ROOT/$target" -c Release --nologo -v quiet -clp:ErrorsOnly -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false \
      >"$log" 2>&1 8>&- 9>&-; then
      sort -u "$log" | grep -E 'error' | head -n 20 >&2 || tail -n 20 "$log" >&2
      die "the build failed: correct what is named above, or check that this machine reaches its package registry" "$log"
    fi
    printf '%s\n' "$fingerprint" >"$STAMP_DIR/$target.stamp"
  fi
  if have flock; then
    exec 8>&-
  fi
}

# release_dll PROJECT_DIR ASSEMBLY
release_dll() { printf '%s/%s/bin/Release/net%s.0/%s.dll\n' "$ROOT" "$1" "$DOTNET_MAJOR" "$2"; }
