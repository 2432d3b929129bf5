namespace Voxeltron.Cli.Fabric;

/// <summary>Where the database is, for the psql commands this program prints; it never connects itself.</summary>
public sealed record DatabaseAddress(string Host, string Port, string Database);
