# shellcheck shell=bash
# shellcheck disable=SC2034 # used by the scripts that source this
# What every script needs: where things are, how to speak, how to fail. Sourced, never run.
set -euo pipefail

ROOT=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Absolute, because processes started here have other working directories. Names inside: src/Hosting/State/StatePaths.cs.
absolute_path() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s/%s\n' "$PWD" "$1" ;;
  esac
}

# Sets the variables that follow from the state directory; scripts with a state of their own call it again.
use_state() {
  STATE=$(absolute_path "$1")
  STATE_HASH=$(printf '%s' "$STATE" | sha256sum | cut -c1-12)
  RUN_DIR=$STATE/run
  LOG_DIR=$STATE/log
  SECRETS_DIR=$STATE/secrets
  CLUSTER_FILE=$STATE/cluster
  export VOXELTRON_STATE=$STATE
}

say() { printf '%s\n' "$*"; }

# One line on what went wrong and what to do; then the log that knows more, if there is one.
die() {
  printf 'error: %s\n' "$1" >&2
  if [[ -n ${2:-} ]]; then
    printf 'log:   %s\n' "$2" >&2
  fi
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

is_root() { [[ $(id -u) -eq 0 ]]; }

# The shape the programs expect too: others may pass through the state directory, not look.
make_state_dirs() {
  mkdir -p "$STATE" || die "cannot make $STATE: choose another place with VOXELTRON_STATE"
  chmod 0711 "$STATE"
  local dir
  for dir in "$RUN_DIR" "$LOG_DIR" "$SECRETS_DIR"; do
    mkdir -p "$dir"
    # 710: the launcher let the worker's group pass.
    [[ $(stat -c %a "$dir") == 710 ]] || chmod 0700 "$dir"
  done
}

# Two runs for one state directory take turns. The lock goes with the script; no child inherits it.
lock_state() {
  have flock || return 0
  exec 9>"$STATE/.lock"
  flock 9
}

# Before a program is started: keeps one old log, so that restarts do not pile them up. While it runs nothing here bounds its
# log; docs/configuration.md says how the machine's logrotate does.
readonly LOG_KEEP_BYTES=20000000
rotate_log() {
  if [[ -f $1 && $(stat -c %s "$1") -gt $LOG_KEEP_BYTES ]]; then
    mv -f "$1" "$1.1"
  fi
}

# wait_until SECONDS COMMAND…: true as soon as the command is, false when time is up.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [[ $SECONDS -lt $end ]] || return 1
    sleep 0.1
  done
}

use_state "${VOXELTRON_STATE:-$ROOT/.voxeltron}"
