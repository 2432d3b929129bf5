# shellcheck shell=bash
# The whole fabric: database, set-up, processes. Needs common, build, postgres, processes, walls and broker.

readonly DEFAULT_API_PORT=7400

migrate() { dotnet exec "$(release_dll db/migrations voxeltron-migrate)" "$@"; }

# The operator's own server when VOXELTRON_POSTGRES names one (or did at the first run), else the private cluster.
ensure_postgres() {
  if [[ -z ${VOXELTRON_POSTGRES:-} && $(cluster_mode) != external ]]; then
    start_cluster
    return
  fi
  [[ $(cluster_mode) != private ]] || die "this fabric has a private cluster, and VOXELTRON_POSTGRES names another server: unset it, or take another state directory with VOXELTRON_STATE"
}

# The port in use if the Api runs, else the wanted one or the next free.
choose_api_url() {
  if is_running api; then
    url_of api
  else
    printf 'http://127.0.0.1:%s\n' "$(free_port "${VOXELTRON_API_PORT:-$DEFAULT_API_PORT}")"
  fi
}

# set_up URL: roles, schema, keys, genesis, API key. Prints what it did the first time only.
set_up() {
  local log=$LOG_DIR/setup.log first=no args=(setup --state "$STATE")
  if [[ ! -f $STATE/api-key ]]; then first=yes; fi
  if [[ -n $1 ]]; then args+=(--api-url "$1"); fi
  rotate_log "$log"
  # Its output tells the first API key, once, to whoever runs this; the log gets everything else.
  local output rc=0
  if [[ $(cluster_mode) == private ]]; then
    output=$(VOXELTRON_POSTGRES=$(private_admin_connection) migrate "${args[@]}" --private-server 2>&1) || rc=$?
  else
    output=$(migrate "${args[@]}" 2>&1) || rc=$?
  fi
  printf '%s\n' "$output" | sed 's/\(vxt_[0-9a-f]*_\)[A-Za-z0-9_-]*/\1…/' >>"$log"
  if [[ $rc -ne 0 ]]; then
    printf '%s\n' "$output" | grep -v '^api key' | tail -n 3 >&2
    die "set-up failed: do what the last line says and run this again; what was done stays" "$log"
  fi
  # Decided only now that set-up went through there: a connection that was mistyped once must not stay.
  if [[ $(cluster_mode) != private ]]; then printf 'mode=external\n' >"$CLUSTER_FILE"; fi
  if [[ $first == yes ]]; then printf '%s\n' "$output"; fi
}

start_fabric() {
  local workers=$1 i
  start_process api "$(release_dll src/Api Voxeltron.Api)"
  start_broker
  start_database_space
  for ((i = 1; i <= workers; i++)); do
    start_worker "worker-$i"
  done
  start_process sre "$(release_dll src/Sre Voxeltron.Sre)"
  local name
  for name in $(process_names); do
    if [[ $name != broker ]]; then wait_ready "$name"; fi
  done
}

stop_fabric() {
  stop_processes
  stop_database_space
  stop_cluster
}

# Removes what scripts and set-up made, by name: a state directory may lie where other things are kept.
remove_state() {
  local data=
  if load_cluster; then
    data=$PG_DATA
    rm -rf "$PG_DATA" "$PG_DATA.new" "$PG_SOCKET_DIR"
    case $data in /var/lib/voxeltron-"$STATE_HASH"/*) rmdir "$(dirname "$data")" ;; esac
  fi
  rm -rf "$(broker_dir)"
  rm -rf "$STATE"/{keys,operators,model-keys,broker,secrets,run,log,checkpoints,artifacts,spool,demo}
  rm -f "$STATE"/{config.json,api-key,cluster,.lock}
  rmdir "$STATE" 2>/dev/null || true
}
