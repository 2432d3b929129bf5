# shellcheck shell=bash
# Other engines that benchmarks compare the fabric with. They are fetched for that alone, never for a build or a test, and one
# that cannot be had is a reason in the result, not an error. What is fetched stays beside the sources for the next run.

readonly PEERS_DIR=$ROOT/.voxeltron-peers
readonly PEERS_SOURCE=$ROOT/tests/Benchmarks/Peers
readonly PEER_INSTALL_SECONDS=300
# For the bench: where the peer is, or why it is not.
export VOXELTRON_BENCH_RESTATE='' VOXELTRON_BENCH_RESTATE_MISSING='' VOXELTRON_BENCH_TEMPORAL='' VOXELTRON_BENCH_TEMPORAL_MISSING=''
export VOXELTRON_BENCH_UNITS='' VOXELTRON_BENCH_UNITS_MISSING='' VOXELTRON_BENCH_UNITS_NPM_MISSING=''

# install_packages NAME SOURCE: npm packages into the peer's directory. Prints why not, and nothing when they are there. The versions are those
# of the lock file; no package runs a script while it is installed.
install_packages() {
  local dir=$PEERS_DIR/$1 log=$ROOT/obj/peer-$1.log
  if ! have npm; then
    printf 'npm is not on this machine\n'
    return
  fi
  mkdir -p "$dir"
  if ! cmp -s "$2/package-lock.json" "$dir/installed.json"; then
    say "fetching $1 from the npm registry, up to $PEER_INSTALL_SECONDS s" >&2
    rm -f "$dir/installed.json"
    cp "$2"/{package.json,package-lock.json} "$dir/"
    if ! timeout --foreground "$PEER_INSTALL_SECONDS" npm ci --prefix "$dir" --ignore-scripts --no-audit --no-fund </dev/null >"$log" 2>&1; then
      printf 'its npm packages could not be installed: %s\n' "$(grep -m 1 -E '^npm (error|ERR!)' "$log" || printf 'out of time')"
      return
    fi
    cp "$dir/package-lock.json" "$dir/installed.json"
  fi
}

prepare_restate() {
  VOXELTRON_BENCH_RESTATE_MISSING=$(install_packages restate "$PEERS_SOURCE/Restate")
  [[ -z $VOXELTRON_BENCH_RESTATE_MISSING ]] || return 0
  # Beside its packages, where node looks for them.
  cp "$PEERS_SOURCE/Restate/service.mjs" "$PEERS_DIR/restate/"
  VOXELTRON_BENCH_RESTATE=$PEERS_DIR/restate
}

# Units that are processes need a C compiler; bubblewrap and containers need their programs besides, which are used where they are installed.
prepare_units() {
  local dir=$PEERS_DIR/units log=$ROOT/obj/peer-units-cc.log
  VOXELTRON_BENCH_UNITS_NPM_MISSING=$(install_packages units "$PEERS_SOURCE/Units")
  mkdir -p "$dir"/bundle/rootfs/{bin,proc,dev}
  cp "$PEERS_SOURCE"/Units/{unit.mjs,host.mjs} "$dir/"
  cp "$PEERS_SOURCE/Units/config.json" "$dir/bundle/"
  if ! have cc; then
    VOXELTRON_BENCH_UNITS_MISSING="no C compiler is on this machine"
  elif ! { cc -O2 -static -o "$dir/bundle/rootfs/bin/unit" "$PEERS_SOURCE/Units/unit.c" && cc -O2 -o "$dir/spawn" "$PEERS_SOURCE/Units/spawn.c"; } >"$log" 2>&1; then
    rm -f "$dir/spawn"
    VOXELTRON_BENCH_UNITS_MISSING="its units could not be compiled: $(grep -m 1 error "$log" || printf 'see %s' "$log")"
  fi
  VOXELTRON_BENCH_UNITS=$dir
}

prepare_temporal() {
  local log=$ROOT/obj/peer-temporal.log
  # Asking for the build each time costs a few seconds and is right after every change.
  if ! timeout --foreground "$PEER_INSTALL_SECONDS" dotnet build "$PEERS_SOURCE/Temporal" -c Release --nologo -v quiet -clp:ErrorsOnly \
    -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false </dev/null >"$log" 2>&1; then
    VOXELTRON_BENCH_TEMPORAL_MISSING="it could not be restored or built: $(grep -m 1 -oE 'error .*' "$log" || printf 'out of time')"
    return
  fi
  VOXELTRON_BENCH_TEMPORAL=$(release_dll tests/Benchmarks/Peers/Temporal temporal-replay)
}
