# shellcheck shell=bash
# The broker: the one process with privileges, for cells with egress (docs/egress.md). Where it cannot run everything else does, and a
# mission that needs it is refused with the reason.

# Theirs alone: its files are those that say what may leave. Made if it can be; else the broker keeps root's name, and its launcher says so.
readonly BROKER_USER=voxeltron-broker

# Short (a socket's path may have 107 bytes) and the broker's: whoever may write here could stand in for it.
broker_dir() { printf '/run/voxeltron-%s-broker\n' "$STATE_HASH"; }

broker_socket() { printf '%s/socket\n' "$(broker_dir)"; }

# Prints why it cannot run here; nothing when it can.
broker_reason() {
  local said
  if ! is_root; then
    printf 'scripts/up was not run as root\n'
  elif ! said=$(dotnet exec "$(release_dll src/Broker Voxeltron.Broker)" --check 2>&1); then
    printf '%s\n' "${said##*$'\n'}"
  fi
}

# A database elsewhere, by name or address; this machine's own addresses need no word.
broker_own() {
  local server
  server=$(postgres_tcp)
  if [[ -n $server ]]; then printf '%s\n' "${server%:*}"; fi
}

# Tells the workers, which are started after it, where it is or why it is not.
start_broker() {
  local reason dir own args=() launcher=()
  dir=$(broker_dir)
  reason=$(broker_reason)
  if [[ -z $reason ]] && ! is_running broker; then
    # What an operator writes is root's; what the broker writes lies apart.
    mkdir -p "$dir" "$STATE/broker/own"
    chmod 0711 "$dir"
    chmod 0755 "$STATE/broker"
    chmod 0700 "$STATE/broker/own"
    if [[ -f $STATE/broker/serials ]]; then mv "$STATE/broker/serials" "$STATE/broker/own/serials"; fi
    # There from the start, so that whoever writes into them later leaves them readable to the broker.
    touch "$STATE/broker/withdrawn" "$STATE/broker/hosts"
    rm -f "$(broker_socket)"
    choose_worker_user
    args=(--socket "$(broker_socket)" --keys "$STATE/operators" --state "$STATE/broker/own/serials" --withdrawn "$STATE/broker/withdrawn" --hosts "$STATE/broker/hosts")
    if id -u "$WORKER_USER" >/dev/null 2>&1; then args+=(--allow-uid "$(id -u "$WORKER_USER")"); fi
    own=$(broker_own)
    if [[ -n $own ]]; then args+=(--own "$own"); fi
    # shellcheck disable=SC2034 # start_process uses it
    PROGRAM_ARGUMENTS=("${args[@]}")
    if ! are_walls_off; then
      id -u "$BROKER_USER" >/dev/null 2>&1 || make_system_user "$BROKER_USER" || say "warning: no system user '$BROKER_USER' can be made here: add one, and the broker runs as that user"
      launcher=(dotnet exec "$(release_dll src/Launcher Voxeltron.Launcher)" --broker --user "$BROKER_USER" --user-optional)
      launcher+=(--read "$STATE/operators" --read "$STATE/broker" --write "$STATE/broker/own" --write "$dir" --)
    fi
    start_process broker "$(release_dll src/Broker Voxeltron.Broker)" "${launcher[@]}"
    # shellcheck disable=SC2034 # start_process uses it
    PROGRAM_ARGUMENTS=()
    if ! wait_until 15 broker_is_up_or_dead || ! is_running broker; then
      reason=$(tail -n 1 "$LOG_DIR/broker.log")
      reason=${reason:-the broker ended without a word}
      # One that is only slow would stay behind, and no other could start.
      if is_running broker; then kill -KILL "$(pid_of broker)" 2>/dev/null || true; fi
      rm -f "$RUN_DIR/broker.pid"
    fi
  fi
  # scripts/status says it too.
  rm -f "$RUN_DIR/broker.none"
  if [[ -z $reason ]]; then
    export VOXELTRON_WORKER__BROKER_SOCKET
    VOXELTRON_WORKER__BROKER_SOCKET=$(broker_socket)
  else
    export VOXELTRON_WORKER__NO_BROKER_REASON=$reason
    printf '%s\n' "$reason" >"$RUN_DIR/broker.none"
    say "no egress here: $reason (docs/egress.md; everything else works)"
  fi
}

broker_why_none() { if [[ -f $RUN_DIR/broker.none ]]; then cat "$RUN_DIR/broker.none"; else printf 'scripts/up starts it'; fi; }

broker_is_up_or_dead() { [[ -S $(broker_socket) ]] || is_stopped broker; }
