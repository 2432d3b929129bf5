using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

/// <summary>Bounds of a mission. A document beyond them is refused; nothing is cut to fit.</summary>
public static class SpecLimits
{
    public const int Inputs = 32;
    public const int Tables = 64;
    public const int Views = 32;
    public const int ColumnsPerTable = 64;
    public const int KeyColumns = 8;
    public const int IndexesPerTable = 8;
    public const int DecimalPrecision = 28;
    public const int Profiles = 32;
    public const int Gates = 32;
    public const int GateQuorum = 8;
    public const int GateApprovers = 64;
    public const long MaxGateMs = 366L * 24 * 60 * 60 * 1000;
    public const int Tasks = 256;
    public const int DependenciesPerTask = 64;

    /// <summary>What a Postgres identifier keeps.</summary>
    public const int SqlNameLength = 63;

    public const long MinMemoryBytes = 64 * 1024;
    public const long MaxMemoryBytes = 16 * 1024 * 1024;
    public const long MaxFuel = 100_000_000_000;
    public const int MaxTableElements = 100_000;
    public const long MaxDeadlineMs = 7L * 24 * 60 * 60 * 1000;
    public const int MaxAttempts = 20;
    public const int DefaultAttempts = 3;
    public const int DefaultBackoffMs = 100;
    public const int MaxBackoffMs = 60_000;

    /// <summary>Each is an entry's time in the state of a mission while it counts.</summary>
    public const int MaxRestartIntensity = 10_000;
    public const long MaxRestartPeriodMs = 60L * 60 * 1000;
    public const long MaxRestartHoldMs = 24L * 60 * 60 * 1000;

    /// <summary>Instances kept ready for each module that runs under a profile.</summary>
    public const int MaxWarm = 256;

    /// <summary>The wait before a retry grows with each attempt up to this, unless the spec says otherwise.</summary>
    public const long LongestBackoffMs = 60_000;
    public const int MaxBackoffFactor = 10;
    public const int NotRetryable = 32;

    public const int HighestPriority = 1;
    public const int LowestPriority = 5;
    public const int DefaultPriority = 3;

    /// <summary>Times a failed task may be tried again.</summary>
    public const int MaxLives = 1_000;

    /// <summary>Numbers of tickets of one life: together they fit what a guest is given, 31 bits.</summary>
    public const int TicketsPerLife = 2_000_000;

    public const int Rates = 32;
    public const long MaxRatePeriodMs = 24L * 60 * 60 * 1000;
    public const int MaxRateTasks = 1_000_000;

    /// <summary>Of a dimension of a budget: the largest integer that every reader of JSON reads alike; fuel of some months of one core.</summary>
    public const long MaxBudget = (1L << 53) - 1;

    /// <summary>Tasks of one mission, mapped ones counted per item; an item that would pass it is not admitted.</summary>
    public const int TasksPerMission = 1_000_000;

    /// <summary>Errors reported of one document.</summary>
    public const int Errors = 200;

    public const int NameLength = Limits.NameLength;
}
