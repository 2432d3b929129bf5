# shellcheck shell=bash
# Other engines that benchmarks compare the fabric with. They are fetched for that alone, never for a build or a test, and one
# that cannot be had is a reason in the result, not an error. What is fetched stays beside the sources for the next run.

readonly PEERS_DIR=$ROOT/.voxeltron-peers
readonly PEERS_SOURCE=$ROOT/tests/Benchmarks/Peers
readonly PEER_INSTALL_SECONDS=300
# For the bench: where the peer is, or why it is not.
export VOXELTRON_BENCH_RESTATE='' VOXELTRON_BENCH_RESTATE_MISSING='' VOXELTRON_BENCH_TEMPORAL='' VOXELTRON_BENCH_TEMPORAL_MISSING=''

# The versions are those of the lock file; no package runs a script while it is installed.
prepare_restate() {
  local dir=$PEERS_DIR/restate log=$ROOT/obj/peer-restate.log
  if ! have npm; then
    VOXELTRON_BENCH_RESTATE_MISSING="npm is not on this machine"
    return
  fi
  mkdir -p "$dir"
  if ! cmp -s "$PEERS_SOURCE/Restate/package-lock.json" "$dir/installed.json"; then
    say "fetching Restate from the npm registry, up to $PEER_INSTALL_SECONDS s"
    rm -f "$dir/installed.json"
    cp "$PEERS_SOURCE"/Restate/{package.json,package-lock.json} "$dir/"
    if ! timeout --foreground "$PEER_INSTALL_SECONDS" npm ci --prefix "$dir" --ignore-scripts --no-audit --no-fund </dev/null >"$log" 2>&1; then
      VOXELTRON_BENCH_RESTATE_MISSING="its npm packages could not be installed: $(grep -m 1 -E '^npm (error|ERR!)' "$log" || printf 'out of time')"
      return
    fi
    cp "$dir/package-lock.json" "$dir/installed.json"
  fi
  # Beside its packages, where node looks for them.
  cp "$PEERS_SOURCE/Restate/service.mjs" "$dir/"
  VOXELTRON_BENCH_RESTATE=$dir
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
