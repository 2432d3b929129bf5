namespace Voxeltron.Migrations;

/// <summary>
/// Session defaults of the five roles. Applied by set-up with the administrator's connection, right after it created the roles:
/// only an administrator may change another role's defaults, so no migration step can.
/// </summary>
public static class RoleDefaults
{
    public const string Owner = "voxeltron_owner";
    public const string Api = "voxeltron_api";
    public const string Worker = "voxeltron_worker";
    public const string Sre = "voxeltron_sre";
    public const string Auditor = "voxeltron_auditor";

    public static IReadOnlyList<string> Roles { get; } = [Owner, Api, Worker, Sre, Auditor];

    /// <summary>Statements without parameters, in order, for a superuser or a role with CREATEROLE. Repeatable.</summary>
    public static IReadOnlyList<string> Statements { get; } =
    [
        // A forgotten transaction holds back vacuum, and then every claim slows down: no plan helps against that.
        "alter role voxeltron_api set idle_in_transaction_session_timeout = '10s'",
        "alter role voxeltron_api set statement_timeout = '15s'",
        "alter role voxeltron_api set lock_timeout = '5s'",
        // Every statement of the Api and of the worker goes by key. Tables analysed while empty would be planned as sequential
        // scans, for ever in a prepared statement; and compiling a plan costs more than running one.
        "alter role voxeltron_api set enable_seqscan = off",
        "alter role voxeltron_api set jit = off",
        "alter role voxeltron_worker set idle_in_transaction_session_timeout = '10s'",
        "alter role voxeltron_worker set statement_timeout = '30s'",
        "alter role voxeltron_worker set lock_timeout = '10s'",
        "alter role voxeltron_worker set enable_seqscan = off",
        "alter role voxeltron_worker set jit = off",
        // A worker whose machine vanished must lose its advisory lock in seconds, not in the kernel's two hours. Over a Unix socket
        // these have no effect and are not needed.
        "alter role voxeltron_worker set tcp_keepalives_idle = 5",
        "alter role voxeltron_worker set tcp_keepalives_interval = 2",
        "alter role voxeltron_worker set tcp_keepalives_count = 3",
        "alter role voxeltron_worker set tcp_user_timeout = '10s'",
        "alter role voxeltron_sre set idle_in_transaction_session_timeout = '10s'",
        "alter role voxeltron_sre set statement_timeout = '15s'",
        "alter role voxeltron_sre set jit = off",
        // An auditor may ask long questions, but may not leave a snapshot open over lunch.
        "alter role voxeltron_auditor set idle_in_transaction_session_timeout = '5min'",
        "alter role voxeltron_auditor set statement_timeout = '30min'",
        "alter role voxeltron_auditor set default_transaction_read_only = on",
        "alter role voxeltron_owner set idle_in_transaction_session_timeout = '60s'",
        "alter role voxeltron_owner set lock_timeout = '60s'",
    ];
}
