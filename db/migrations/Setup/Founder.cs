namespace Voxeltron.Migrations.Setup;

/// <summary>What genesis says about the fabric a database belongs to.</summary>
internal sealed record Founder(string FabricId, string RootKid);
