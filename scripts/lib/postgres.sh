# shellcheck shell=bash
# The private Postgres cluster of a state directory: found or installed, made, started, stopped.
#
# What is decided once stays decided, in the file `cluster` (key=value lines): mode=private|external, data=DIR, user=NAME,
# socket=DIR. The socket's directory is short (a socket's path may have 107 bytes) and made anew, since reboots clear it.

readonly PG_LEAST_MAJOR=15
readonly PG_ADMIN=voxeltron_admin
readonly PG_PORT=5432
readonly PG_WAL_AHEAD=256MB

# --- binaries -------------------------------------------------------------------------------------------------------------

pg_major_of() { "$1/postgres" --version 2>/dev/null | sed -n 's/^postgres (PostgreSQL) \([0-9]*\).*/\1/p'; }

pg_candidate_dirs() {
  local tool dir
  # Through links: distributions put links, or wrappers with another idea of where things are, into PATH.
  for tool in pg_ctl initdb; do
    if have "$tool"; then
      dirname "$(readlink -f "$(command -v "$tool")")"
    fi
  done
  for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql*/ /usr/lib64/pgsql/bin /usr/local/pgsql/bin /opt/postgresql*/bin /usr/bin; do
    printf '%s\n' "${dir%/}"
  done
}

# Prints the directory of the newest usable server; with a major version, of that one only.
find_pg_bin() {
  local wanted=${1:-} dir major best=0 found=
  while IFS= read -r dir; do
    [[ -x $dir/initdb && -x $dir/pg_ctl && -x $dir/postgres ]] || continue
    major=$(pg_major_of "$dir")
    [[ -n $major && $major -ge $PG_LEAST_MAJOR ]] || continue
    if [[ -n $wanted ]]; then
      if [[ $major -eq $wanted ]]; then found=$dir; fi
    elif [[ $major -gt $best ]]; then
      best=$major found=$dir
    fi
  done < <(pg_candidate_dirs)
  [[ -n $found ]] && printf '%s\n' "$found"
}

as_admin() {
  if is_root; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    die "Postgres server binaries are missing and installing them needs root: run '$*' as root, put initdb, pg_ctl and postgres (version $PG_LEAST_MAJOR or newer) on PATH, or set VOXELTRON_POSTGRES to a server of your own"
  fi
}

# Debian's package makes and starts a cluster of its own unless told not to; nobody here needs it.
install_pg_apt() {
  local conf=/etc/postgresql-common/createcluster.conf
  export DEBIAN_FRONTEND=noninteractive
  as_admin apt-get update -q
  as_admin apt-get install -q -y --no-install-recommends postgresql-common
  as_admin cp "$conf" "$conf.voxeltron"
  as_admin sed -i 's/^[# ]*create_main_cluster *=.*/create_main_cluster = false/' "$conf"
  local rc=0
  as_admin apt-get install -q -y --no-install-recommends postgresql || rc=$?
  as_admin mv "$conf.voxeltron" "$conf"
  return "$rc"
}

install_pg_dnf() {
  as_admin dnf install -y postgresql-server
  if [[ -z $(find_pg_bin || true) ]]; then
    # Enterprise Linux 8 and 9 offer an older server first and newer ones as module streams.
    as_admin dnf module reset -y postgresql && as_admin dnf module enable -y postgresql:16 && as_admin dnf install -y --allowerasing postgresql-server
  fi
}

install_pg_apk() { as_admin apk add --no-cache postgresql; }

# Sets PG_BIN. require_pg_bin LOG [MAJOR]
require_pg_bin() {
  local log=$1 wanted=${2:-} manager
  if PG_BIN=$(find_pg_bin "$wanted"); then
    return
  fi
  if [[ -n $wanted ]]; then
    die "the data of this fabric needs Postgres $wanted, whose binaries are not on this machine: install that version of postgresql"
  fi
  for manager in apt-get dnf apk; do
    if have "$manager"; then
      say "installing Postgres with $manager"
      "install_pg_${manager%-get}" >>"$log" 2>&1 || die "$manager could not install Postgres: correct what the log says, or put initdb, pg_ctl and postgres on PATH" "$log"
      PG_BIN=$(find_pg_bin) || die "the installed Postgres is older than $PG_LEAST_MAJOR: install a newer one, or set VOXELTRON_POSTGRES to a server of your own" "$log"
      return
    fi
  done
  die "no Postgres server binaries here, and no apt-get, dnf or apk to install them: put initdb, pg_ctl and postgres (version $PG_LEAST_MAJOR or newer) on PATH, or set VOXELTRON_POSTGRES to a server of your own"
}

# --- the server's user ----------------------------------------------------------------------------------------------------

# Postgres refuses to run as root. Sets PG_USER: ourselves, or a system user.
choose_pg_user() {
  if ! is_root; then
    PG_USER=$(id -un)
    return
  fi
  for PG_USER in postgres voxeltron; do
    if id -u "$PG_USER" >/dev/null 2>&1; then
      return
    fi
  done
  make_system_user "$PG_USER" \
    || die "Postgres does not run as root and no unprivileged user can be made here: add a system user 'voxeltron' and run this again"
}

# make_system_user NAME: with a group of the same name, no home and no password. False where no tool for it is here.
make_system_user() {
  if have useradd; then
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /bin/sh "$1"
  elif have adduser && have addgroup; then
    addgroup -S "$1" && adduser -S -D -H -h /nonexistent -s /bin/sh -G "$1" "$1"
  else
    return 1
  fi
}

# As root: workers run as a user of their own (scripts/lib/walls.sh), whose group may pass to the socket; every role there has a
# password. Otherwise the server, its clients and we are one user.
socket_dir_mode() { if is_root; then printf '710\n'; else printf '700\n'; fi; }

socket_mode() { if is_root; then printf '0777\n'; else printf '0700\n'; fi; }

# In /: the user may not be allowed into the current directory.
as_pg_user() {
  if [[ $(id -un) == "$PG_USER" ]]; then
    (cd / && "$@")
  elif have runuser; then
    (cd / && runuser -u "$PG_USER" -- "$@")
  else
    # shellcheck disable=SC2016 # expanded by the inner shell
    (cd / && su -s /bin/sh "$PG_USER" -c 'exec "$0" "$@"' "$@")
  fi
}

# --- the cluster ----------------------------------------------------------------------------------------------------------

cluster_value() {
  if [[ -f $CLUSTER_FILE ]]; then
    sed -n "s/^$1=//p" "$CLUSTER_FILE"
  fi
}

cluster_mode() { cluster_value mode; }

# Beside the other state if the server's user can get there (a home may be closed to it), else under /var/lib.
choose_data_dir() {
  if as_pg_user test -x "$STATE"; then
    PG_DATA=$STATE/postgres
  else
    PG_DATA=/var/lib/voxeltron-$STATE_HASH/postgres
  fi
}

# Not in XDG_RUNTIME_DIR: it goes when its user logs out, and the server stays.
choose_socket_dir() {
  if is_root && [[ -d /run && -w /run ]]; then
    PG_SOCKET_DIR=/run/voxeltron-$STATE_HASH
  else
    PG_SOCKET_DIR=/tmp/voxeltron-$STATE_HASH
  fi
}

# The socket directory of the server that runs: line 5 of postmaster.pid.
running_socket_dir() {
  if cluster_is_running; then
    as_pg_user sed -n 5p "$PG_DATA/postmaster.pid"
  fi
}

# In /tmp anyone may have made the directory before us; then it is not ours to trust.
make_socket_dir() {
  mkdir -m 0700 "$PG_SOCKET_DIR" 2>/dev/null || true
  if is_root; then
    choose_worker_user
    chown "$PG_USER:$(worker_group)" "$PG_SOCKET_DIR"
    chmod 0710 "$PG_SOCKET_DIR"
    # A server that runs since before workers had a user of their own keeps its socket to itself.
    if [[ -S $PG_SOCKET_DIR/.s.PGSQL.$PG_PORT ]]; then chmod "$(socket_mode)" "$PG_SOCKET_DIR/.s.PGSQL.$PG_PORT"; fi
  fi
  if [[ -L $PG_SOCKET_DIR || ! -d $PG_SOCKET_DIR || $(stat -c '%U %a' "$PG_SOCKET_DIR") != "$PG_USER $(socket_dir_mode)" ]]; then
    die "$PG_SOCKET_DIR exists and is not a directory of user $PG_USER with mode $(socket_dir_mode): remove it and run this again"
  fi
}

new_password() { head -c 32 /dev/urandom | base64 | tr -d '\n=' | tr '+/' '-_'; }

make_admin_password() {
  if [[ ! -s $SECRETS_DIR/pg_admin ]]; then
    (umask 077 && new_password >"$SECRETS_DIR/pg_admin.new" && mv "$SECRETS_DIR/pg_admin.new" "$SECRETS_DIR/pg_admin")
  fi
}

# Made beside its place and moved there whole: a cluster exists or it does not, however often this is interrupted.
make_cluster() {
  local log=$1 draft=$PG_DATA.new password_file=$PG_SOCKET_DIR/password
  make_admin_password
  mkdir -p "$(dirname "$PG_DATA")"
  rm -rf "$draft"
  mkdir -m 0700 "$draft"
  install -m 0600 "$SECRETS_DIR/pg_admin" "$password_file"
  if is_root; then
    chown "$PG_USER" "$draft" "$password_file"
  fi
  if ! as_pg_user "$PG_BIN/initdb" -D "$draft" --data-checksums --auth=scram-sha-256 --pwfile="$password_file" \
    --username="$PG_ADMIN" --encoding=UTF8 --locale=C >>"$log" 2>&1; then
    rm -f "$password_file"
    die "initdb failed: correct what the log says and run this again" "$log"
  fi
  rm -f "$password_file"
  make_wal_ahead "$draft" >>"$log" 2>&1
  printf "include 'voxeltron.conf'\n" >>"$draft/postgresql.conf"
  mv "$draft" "$PG_DATA"
}

# A commit that comes to the end of a WAL segment makes the next one, 20 to 70 ms of writing zeroes while everybody waits. In
# a cluster that has run for a while old segments are used again; in a new one they are made here, 16 of 16 MiB, before it starts.
make_wal_ahead() {
  local draft=$1 i
  {
    for i in {1..16}; do
      printf '%s\n' "select pg_logical_emit_message(false, 'voxeltron', 'segment $i')" 'select pg_switch_wal()'
    done
    printf 'checkpoint\n'
  } | as_pg_user "$PG_BIN/postgres" --single -D "$draft" -c min_wal_size="$PG_WAL_AHEAD" postgres >/dev/null \
    || printf 'no WAL segments were made ahead; the first commits make their own\n'
}

# Written before every start, so that a newer checkout brings its settings. To change one for good, use postgresql.auto.conf
# (alter system), which is read last.
write_pg_settings() {
  cat >"$PG_DATA/voxeltron.conf" <<CONF
# Written by scripts/up at every start. Your own settings: alter system set …
listen_addresses = ''
port = $PG_PORT
unix_socket_directories = '$PG_SOCKET_DIR'
unix_socket_permissions = $(socket_mode)
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = '256MB'
# Evidence lives here: what is acknowledged is on disk.
fsync = on
synchronous_commit = on
full_page_writes = on
min_wal_size = '$PG_WAL_AHEAD'
max_wal_size = '2GB'
checkpoint_timeout = '15min'
# Hot tables churn; dead rows are taken away before plans notice.
autovacuum_naptime = '5s'
# A peer that vanished is noticed in seconds: its locks decide who may write.
tcp_keepalives_idle = 5
tcp_keepalives_interval = 2
tcp_keepalives_count = 3
tcp_user_timeout = '10s'
client_connection_check_interval = '1s'
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u '
CONF
  if is_root; then
    chown "$PG_USER" "$PG_DATA/voxeltron.conf"
  fi
}

# Fills PG_DATA, PG_USER, PG_SOCKET_DIR for an existing private cluster; false if there is none.
load_cluster() {
  [[ $(cluster_mode) == private ]] || return 1
  PG_DATA=$(cluster_value data)
  PG_USER=$(cluster_value user)
  PG_SOCKET_DIR=$(cluster_value socket)
  # Files of earlier versions do not name it.
  if [[ -z $PG_SOCKET_DIR ]]; then
    PG_SOCKET_DIR=$(running_socket_dir)
  fi
  if [[ -z $PG_SOCKET_DIR ]]; then
    choose_socket_dir
  fi
}

cluster_is_running() {
  local pid
  # postmaster.pid: pid first, data directory second. As the server's user: only it may look inside.
  pid=$(as_pg_user head -n 1 "$PG_DATA/postmaster.pid" 2>/dev/null) || return 1
  [[ -n $pid && -r /proc/$pid/comm && $(cat "/proc/$pid/comm") == postgres* ]]
}

ensure_cluster() {
  local log=$LOG_DIR/postgres.log
  if ! load_cluster; then
    require_pg_bin "$log"
    choose_pg_user
    choose_data_dir
    choose_socket_dir
  fi
  if [[ -f $PG_DATA/PG_VERSION ]]; then
    [[ -s $SECRETS_DIR/pg_admin ]] || die "$SECRETS_DIR/pg_admin is missing, but $PG_DATA exists: restore the file from backup, or remove the fabric with scripts/reset"
    require_pg_bin "$log" "$(cat "$PG_DATA/PG_VERSION")"
  else
    require_pg_bin "$log"
    make_socket_dir
    say "making a private Postgres cluster in $PG_DATA"
    make_cluster "$log"
  fi
  printf 'mode=private\ndata=%s\nuser=%s\nsocket=%s\n' "$PG_DATA" "$PG_USER" "$PG_SOCKET_DIR" >"$CLUSTER_FILE"
}

start_cluster() {
  local log=$LOG_DIR/postgres.log
  ensure_cluster
  make_socket_dir
  if cluster_is_running; then
    return
  fi
  write_pg_settings
  rotate_log "$log"
  # The log is opened by us: the server's user may not enter its directory.
  # A server process keeps the heap a statement needed for the next one, up to 16 MiB: by default glibc gives it back to the
  # kernel each time, and the next statement takes a page fault for every 4 KiB of it.
  if ! as_pg_user env MALLOC_TOP_PAD_=1048576 MALLOC_TRIM_THRESHOLD_=16777216 MALLOC_MMAP_THRESHOLD_=16777216 \
    "$PG_BIN/pg_ctl" -D "$PG_DATA" -w -t 120 start >>"$log" 2>&1 9>&-; then
    tail -n 5 "$log" >&2
    die "Postgres did not start: correct what the log says and run this again" "$log"
  fi
}

stop_cluster() {
  load_cluster || return 0
  if ! cluster_is_running; then
    return 0
  fi
  local log=$LOG_DIR/postgres.log
  require_pg_bin "$log" "$(cat "$PG_DATA/PG_VERSION")"
  as_pg_user "$PG_BIN/pg_ctl" -D "$PG_DATA" -w -t 120 -m fast stop >>"$log" 2>&1 || die "Postgres did not stop within two minutes: see the log, then run scripts/down again" "$log"
}

# The administrator's connection, for the environment of set-up only.
private_admin_connection() {
  printf 'Host=%s;Port=%s;Username=%s;Password=%s;Database=postgres' "$PG_SOCKET_DIR" "$PG_PORT" "$PG_ADMIN" "$(cat "$SECRETS_DIR/pg_admin")"
}
